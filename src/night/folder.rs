//! The data folder of a job: the lock, run folders, the link to the latest, what is kept.
//! May not look into a run.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::failure::{Failure, Kind, Outcome};

/// Held while a run works in a data folder; the system releases it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock or says who holds it since when.
    pub fn take(data: &Path, job: &str, now: DateTime<Utc>) -> Outcome<Self> {
        let cannot = |e: std::io::Error| {
            Failure { kind: Kind::Settings, ..Failure::disk(format!("cannot use the data folder `{}`", data.display()), &e) }
                .hint("check its rights, or name another with --data")
        };
        fs::create_dir_all(data).map_err(cannot)?;
        let path = data.join(".lock");
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder).map_err(cannot)?;
                return Err(Failure::new(Kind::Busy, format!("the data folder `{}` is in use", data.display()))
                    .facts(if holder.trim().is_empty() { "another run has just begun".to_owned() } else { holder.trim().to_owned() })
                    .hint("wait for it to end, or give this job a data folder of its own"));
            }
            Err(TryLockError::Error(e)) => return Err(cannot(e)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "held by the job `{job}`, process {}, since {now}", std::process::id()))
            .map_err(cannot)?;
        Ok(Self { _file: file })
    }
}

/// The published runs of a job.
pub struct Runs {
    job: PathBuf,
}

fn list(path: &Path) -> Outcome<Vec<String>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let cannot = |e: std::io::Error| Failure::disk(format!("cannot list `{}`", path.display()), &e);
    fs::read_dir(path).map_err(cannot)?.map(|entry| entry.map(|e| e.file_name().to_string_lossy().into_owned()).map_err(cannot)).collect()
}

/// Business date and publication number of a run id such as `2026-08-21-1`.
fn parsed(id: &str) -> Option<(NaiveDate, u32)> {
    let (date, number) = id.rsplit_once('-')?;
    Some((date.parse().ok()?, number.parse().ok()?))
}

impl Runs {
    /// The runs of this job in this data folder.
    pub fn of(data: &Path, job: &str) -> Self {
        Self { job: data.join(job) }
    }

    /// The newest published run.
    pub fn latest(&self) -> Outcome<PathBuf> {
        let link = self.job.join("latest");
        fs::canonicalize(&link)
            .map_err(|_| Failure::settings(format!("no published run below `{}`", self.job.display())).hint("run the job first: nightaudit run JOB"))
    }

    /// The newest publication of every night, oldest first.
    pub fn nights(&self) -> Outcome<Vec<PathBuf>> {
        let newest: BTreeMap<_, _> = self.all()?.into_iter().map(|(date, _, id)| (date, self.runs().join(id))).collect();
        Ok(newest.into_values().collect())
    }

    /// A run that judges this instant is published.
    pub fn judged(&self, as_of: DateTime<Utc>) -> bool {
        let of = |id: &str| {
            let run: serde_json::Value = serde_json::from_str(&fs::read_to_string(self.runs().join(id).join("run.json")).ok()?).ok()?;
            run.get("as_of")?.as_str()?.parse::<DateTime<Utc>>().ok()
        };
        self.all().is_ok_and(|all| all.iter().any(|(.., id)| of(id) == Some(as_of)))
    }

    /// Removes what a killed run left.
    pub(super) fn sweep(&self) -> Outcome<()> {
        for name in list(&self.runs())?.into_iter().filter(|name| name.starts_with(".part-")) {
            remove(&self.runs().join(name))?;
        }
        Ok(())
    }

    /// The newest run with an earlier business date.
    pub(super) fn before(&self, business_on: NaiveDate) -> Outcome<Option<PathBuf>> {
        Ok(self.all()?.into_iter().rfind(|(date, ..)| *date < business_on).map(|(.., id)| self.runs().join(id)))
    }

    /// The id of the next run of this night.
    pub(super) fn next_id(&self, business_on: NaiveDate) -> Outcome<String> {
        let newest = self.all()?.into_iter().filter(|(date, ..)| *date == business_on).map(|(_, n, _)| n).max();
        Ok(format!("{business_on}-{}", newest.unwrap_or(0) + 1))
    }

    /// A folder that nobody sees yet.
    pub(super) fn begin(&self, id: &str) -> Outcome<PathBuf> {
        let part = self.runs().join(format!(".part-{id}"));
        fs::create_dir_all(&part).map_err(|e| Failure::disk(format!("cannot make the folder `{}`", part.display()), &e))?;
        Ok(part)
    }

    /// Makes a whole run visible, then lets `latest` point at it.
    pub(super) fn publish(&self, id: &str) -> Outcome<PathBuf> {
        let whole = self.runs().join(id);
        let cannot = |e: std::io::Error| Failure::disk(format!("cannot publish `{}`", whole.display()), &e);
        fs::rename(self.runs().join(format!(".part-{id}")), &whole).map_err(cannot)?;
        let fresh = self.job.join(".part-latest");
        if fresh.symlink_metadata().is_ok() {
            fs::remove_file(&fresh).map_err(cannot)?;
        }
        std::os::unix::fs::symlink(Path::new("runs").join(id), &fresh).map_err(cannot)?;
        fs::rename(&fresh, self.job.join("latest")).map_err(cannot)?;
        Ok(whole)
    }

    /// Removes runs older than `keep` nights before this one.
    pub(super) fn prune(&self, business_on: NaiveDate, keep: u32) -> Outcome<()> {
        let Some(keep_from) = business_on.checked_sub_days(Days::new((keep - 1).into())) else { return Ok(()) };
        for (date, _, id) in self.all()? {
            if date < keep_from {
                remove(&self.runs().join(id))?;
            }
        }
        Ok(())
    }

    fn runs(&self) -> PathBuf {
        self.job.join("runs")
    }

    /// Oldest first.
    fn all(&self) -> Outcome<Vec<(NaiveDate, u32, String)>> {
        let mut found: Vec<_> = list(&self.runs())?.into_iter().filter_map(|id| parsed(&id).map(|(date, n)| (date, n, id))).collect();
        found.sort();
        Ok(found)
    }
}

fn remove(path: &Path) -> Outcome<()> {
    fs::remove_dir_all(path).map_err(|e| Failure::disk(format!("cannot remove `{}`", path.display()), &e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_run_is_told_who_holds_the_folder() {
        let data = tempfile::tempdir().unwrap();
        let now = DateTime::UNIX_EPOCH;
        let held = Lock::take(data.path(), "nightly", now).unwrap();
        let refused = Lock::take(data.path(), "other", now).unwrap_err();
        assert_eq!(refused.exit_code(), 2);
        assert_eq!(refused.facts, format!("held by the job `nightly`, process {}, since 1970-01-01 00:00:00 UTC", std::process::id()));
        drop(held);
        Lock::take(data.path(), "other", now).unwrap();
    }

    #[test]
    fn runs_are_numbered_and_pruned() {
        let data = tempfile::tempdir().unwrap();
        let runs = Runs::of(data.path(), "j");
        let day = |d| NaiveDate::from_ymd_opt(2026, 3, d).unwrap();
        for (date, expected) in [(8, "2026-03-08-1"), (8, "2026-03-08-2"), (9, "2026-03-09-1"), (10, "2026-03-10-1")] {
            let id = runs.next_id(day(date)).unwrap();
            assert_eq!(id, expected);
            runs.begin(&id).unwrap();
            runs.publish(&id).unwrap();
        }
        assert!(runs.latest().unwrap().ends_with("2026-03-10-1"));
        assert!(runs.before(day(9)).unwrap().unwrap().ends_with("2026-03-08-2"));
        runs.begin("2026-03-11-1").unwrap();
        runs.sweep().unwrap();
        runs.prune(day(10), 2).unwrap();
        let mut left = list(&runs.runs()).unwrap();
        left.sort();
        assert_eq!(left, ["2026-03-09-1", "2026-03-10-1"]);
    }
}
