//! Paging by number: which slice of a list is asked for, and what came back.

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

#[cfg(test)]
mod tests {
    use super::*;

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
