//! Paging, by number and from item to item: which slice of a list is asked for, and what came back.

/// A slice of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Which page, from 1.
    pub number: i64,
    /// Items on a page, from 1.
    pub size: i64,
}

impl Page {
    /// How many items come before this page; the largest number when it does not fit, which is past any end.
    #[must_use]
    pub fn offset(self) -> i64 {
        (self.number - 1).saturating_mul(self.size)
    }

    /// How many items all pages hold together, if this page, having so many, says it by itself: when it is not full and
    /// not past the end.
    #[must_use]
    pub fn total_after(self, items: usize) -> Option<i64> {
        let items = i64::try_from(items).ok()?;
        let last = items < self.size && (items > 0 || self.number == 1);
        last.then(|| self.offset() + items)
    }

    /// How many pages `total` items fill.
    #[must_use]
    pub fn pages(self, total: i64) -> i64 {
        total / self.size + i64::from(total % self.size != 0)
    }
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Listing<T> {
    /// The items of this page, in order.
    pub items: Vec<T>,
    /// How many items all pages hold together.
    pub total: i64,
}

impl<T> Listing<T> {
    /// One page of a list that is there whole.
    #[must_use]
    pub fn cut(items: impl ExactSizeIterator<Item = T>, page: Page) -> Self {
        let number = |count| usize::try_from(count).unwrap_or(usize::MAX);
        let total = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let items = items.skip(number(page.offset())).take(number(page.size)).collect();
        Self { items, total }
    }
}

/// A piece of a list that is walked through from item to item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch<T> {
    /// The items of this piece, in order.
    pub items: Vec<T>,
    /// Whether the list goes on behind it.
    pub more: bool,
}

impl<T> Stretch<T> {
    /// The first `size` items, of which one more was asked for to see whether the list goes on.
    #[must_use]
    pub fn cut(mut items: Vec<T>, size: i64) -> Self {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let more = items.len() > size;
        items.truncate(size);
        Self { items, more }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_knows_whether_the_list_goes_on() {
        assert_eq!(Stretch::cut(vec![1, 2, 3], 2), Stretch { items: vec![1, 2], more: true });
        assert_eq!(Stretch::cut(vec![1, 2], 2), Stretch { items: vec![1, 2], more: false });
        assert_eq!(Stretch::<i64>::cut(vec![], 2), Stretch { items: vec![], more: false });
    }

    #[test]
    fn a_whole_list_is_cut_into_pages() {
        let cut = |number, size| {
            let listing = Listing::cut([1, 2, 3, 4, 5].iter(), Page { number, size });
            (listing.items.into_iter().copied().collect::<Vec<_>>(), listing.total)
        };
        assert_eq!(cut(1, 2), (vec![1, 2], 5));
        assert_eq!(cut(3, 2), (vec![5], 5));
        assert_eq!(cut(4, 2), (vec![], 5));
        assert_eq!(cut(i64::MAX, 1000), (vec![], 5));
    }

    #[test]
    fn pages_are_counted_up() {
        let page = Page { number: 3, size: 20 };
        assert_eq!(page.offset(), 40);
        assert_eq!([0, 1, 20, 21].map(|total| page.pages(total)), [0, 1, 1, 2]);
    }

    #[test]
    fn a_page_that_is_not_full_says_the_total() {
        let page = |number| Page { number, size: 3 };
        assert_eq!([0, 1, 2, 3].map(|items| page(1).total_after(items)), [Some(0), Some(1), Some(2), None]);
        assert_eq!([0, 1, 2, 3].map(|items| page(4).total_after(items)), [None, Some(10), Some(11), None]);
        assert_eq!(Page { number: i64::MAX, size: 1000 }.total_after(0), None);
    }

    #[test]
    fn a_huge_page_number_is_past_the_end_not_an_overflow() {
        assert_eq!(Page { number: i64::MAX, size: 1000 }.offset(), i64::MAX);
    }
}
