//! `rollcall-bench curves`: how the CPU per request grows with users, apps and tags.

mod drawing;
mod table;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::cli::CurvesArgs;
use crate::half::Half;
use crate::load::Op;
use crate::load::op::thousands;
use crate::rollcall::{self, Recipe};
use crate::run::{rollcall_binary, scratch, unless_interrupted};
use crate::scenario::FEW;
use crate::seeds::Seeds;
use crate::stand::{Pace, Stand};
use crate::{facts, noise, pair, report};

/// What grows, and what it is measured by.
#[derive(Debug)]
pub(crate) struct Growth {
    /// Name of the picture's file.
    pub(crate) name: &'static str,
    /// What stands under the picture.
    pub(crate) of: String,
    /// The numbers that grow.
    pub(crate) steps: Vec<u32>,
    /// What is asked.
    pub(crate) ops: Vec<Op>,
}

/// What was measured of it.
#[derive(Debug)]
pub(crate) struct Curves {
    /// What grew.
    pub(crate) growth: Growth,
    /// For each operation, CPU microseconds per request at each step.
    pub(crate) lines: Vec<(Op, Vec<f64>)>,
    /// How many measurements were made, and how many of them counted.
    pub(crate) counted: (usize, usize),
}

/// Measures, draws and writes.
pub(crate) async fn run(args: CurvesArgs) -> anyhow::Result<()> {
    let curves = unless_interrupted(measured(&args)).await?;
    std::fs::create_dir_all(&args.pictures)?;
    for curve in &curves {
        let path = args.pictures.join(format!("{}.svg", curve.growth.name));
        std::fs::write(&path, drawing::svg(curve)?).with_context(|| format!("writing {}", path.display()))?;
    }
    let binary = rollcall_binary(args.rollcall.as_deref())?;
    let text = table::render(&curves, &facts::of_machine(&binary), &pictures_from(&args));
    writeln!(std::io::stdout(), "{text}")?;
    if let Some(path) = &args.out {
        report::write_between_markers(path, "curves", &text)?;
    }
    Ok(())
}

/// The folder of the pictures as the page names it, when it lies below the page's.
fn pictures_from(args: &CurvesArgs) -> String {
    let page = args.out.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    let folder = args.pictures.strip_prefix(page).unwrap_or(&args.pictures);
    folder.display().to_string()
}

async fn measured(args: &CurvesArgs) -> anyhow::Result<Vec<Curves>> {
    let (app_users, tagged) = (args.app_users, args.tagged_users);
    let with = |steps: &[u32], seeds: &dyn Fn(u32) -> Seeds| steps.iter().map(|step| seeds(*step)).collect();
    let reads = [Op::Get, Op::Put, Op::ListFirst];
    let ops = |more: &[Op]| reads.iter().chain(more).copied().collect();
    let users: Vec<Seeds> = with(&args.users, &Seeds::of);
    let apps = with(&args.apps, &|apps| Seeds { users: app_users, apps, tags: None });
    let tags = with(&args.tags, &|tags| Seeds { users: tagged, apps: 1, tags: Some(tags) });
    let growth =
        |name, of: &str, steps: &[u32], ops| Growth { name, of: of.to_owned(), steps: steps.to_vec(), ops };
    Ok(vec![
        growing(
            args,
            growth("users", "users in one app", &args.users, ops(&[Op::ListPage, Op::SearchFew])),
            &users,
        )
        .await?,
        growing(
            args,
            growth("apps", &format!("apps of {} users", thousands(app_users)), &args.apps, ops(&[])),
            &apps,
        )
        .await?,
        growing(
            args,
            growth(
                "tags",
                &format!("tags among {} users", thousands(tagged)),
                &args.tags,
                ops(&[Op::ListTag]),
            ),
            &tags,
        )
        .await?,
    ])
}

/// Starts a server for each step and measures them in turn, so that what the machine does besides falls on all alike.
async fn growing(args: &CurvesArgs, growth: Growth, seeds: &[Seeds]) -> anyhow::Result<Curves> {
    let folder = scratch(args.dir.as_deref())?;
    let pace = Pace::new((args.warmup, args.seconds), args.rounds, args.connections);
    let mut stands = Vec::new();
    for seeds in seeds {
        eprintln!("{}: seeding {} × {} users", growth.name, seeds.apps, seeds.users);
        let recipe = recipe(args, *seeds, &folder.path().canonicalize()?)?;
        stands.push(Stand::start(recipe, pace, None).await?);
    }
    let mut found = vec![vec![Vec::new(); stands.len()]; growth.ops.len()];
    for _ in 0..args.rounds {
        for (step, stand) in stands.iter_mut().enumerate() {
            stand.settle().await?;
            for (line, op) in growth.ops.iter().enumerate() {
                let few = FEW.connections(args.connections).min(args.connections);
                let connections = if op.is_list() { few } else { args.connections };
                found[line][step].push(stand.once(*op, connections).await?);
            }
        }
    }
    Ok(summed_up(growth, &found))
}

fn summed_up(growth: Growth, found: &[Vec<Vec<Half>>]) -> Curves {
    let mut counted = (0, 0);
    let mut point = |halves: &Vec<Half>| {
        let quiet: Vec<f64> = halves
            .iter()
            .filter(|half| noise::is_quiet_half(half))
            .map(|half| half.cpu_us)
            .collect();
        counted = (counted.0 + halves.len(), counted.1 + quiet.len());
        // Without a quiet one there is nothing better than all.
        let all = || halves.iter().map(|half| half.cpu_us).collect();
        pair::median(if quiet.is_empty() { all() } else { quiet })
    };
    let lines = growth
        .ops
        .iter()
        .zip(found)
        .map(|(op, steps)| (*op, steps.iter().map(&mut point).collect()));
    let lines = lines.collect();
    Curves { growth, lines, counted }
}

fn recipe(args: &CurvesArgs, seeds: Seeds, dir: &Path) -> anyhow::Result<Recipe> {
    let Seeds { users, apps, tags } = seeds;
    let dir: PathBuf = dir.join(format!("{users}x{apps}-{}", tags.unwrap_or(0)));
    Ok(Recipe {
        binary: rollcall_binary(args.rollcall.as_deref())?,
        serve_args: args.serve_arg.clone(),
        database: rollcall::sqlite(&dir),
        dir,
        seeds,
        keep: args.keep.clone(),
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::pair::tests::pair;

    /// Curves with these lines.
    pub(crate) fn curves(lines: Vec<(Op, Vec<f64>)>) -> Curves {
        let steps = vec![1_000, 10_000, 100_000, 1_000_000];
        let ops = lines.iter().map(|(op, _)| *op).collect();
        let growth = Growth { name: "users", of: "users in one app".to_owned(), steps, ops };
        Curves { growth, lines, counted: (60, 58) }
    }

    #[test]
    fn only_quiet_measurements_count_if_there_are_any() {
        let half =
            |cpu_us, other_cores| Half { cpu_us, other_cores, ..pair((1.0, 1.0), (0.0, 0.0)).baseline };
        let growth = curves(vec![(Op::Get, Vec::new())]).growth;
        let found = vec![vec![
            vec![half(10.0, 0.0), half(90.0, 1.0), half(12.0, 0.0)],
            vec![half(20.0, 1.0), half(30.0, 1.0), half(40.0, 1.0)],
        ]];
        let curves = summed_up(growth, &found);
        assert_eq!(curves.lines, [(Op::Get, vec![11.0, 30.0])]);
        assert_eq!(curves.counted, (6, 2));
    }
}
