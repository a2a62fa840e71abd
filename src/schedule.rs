//! When a job's nights are: cron expressions in the job's zone, nights that were missed, each exactly once.
//! May not run a job itself, and may not ask what time it is: both are given.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use cron::Schedule;
use serde::{Deserialize, Serialize};

use crate::clock::in_zone;
use crate::disk::replace;
use crate::failure::{Failure, Kind, Outcome};
use crate::job::Job;

/// The wall-clock times of an expression in a zone.
#[derive(Debug, Clone)]
pub struct Timetable {
    /// Any of them: a day of the month or a day of the week, where an expression names both.
    any: Vec<Schedule>,
    zone: Tz,
}

/// A night that is to be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The wall-clock time that names it: it comes once, also where the clocks are changed.
    pub civil: NaiveDateTime,
    /// The instant it is judged at.
    pub at: DateTime<Utc>,
}

const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

impl Timetable {
    /// An expression of five fields (minute hour day month weekday, Sunday is 0 or 7) or six (second first, weekdays by name or from Sunday = 1).
    pub fn parse(expression: &str, zone: Tz) -> Outcome<Self> {
        let wrong = |why: String| {
            Failure::settings(format!("the schedule `{expression}` is not usable"))
                .facts(why)
                .hint("five fields: minute hour day month weekday, such as `30 2 * * *`")
        };
        let fields: Vec<_> = expression.split_whitespace().collect();
        let all = match fields.as_slice() {
            [minute, hour, day, month, weekday] => {
                let weekday = weekdays(weekday).map_err(wrong)?;
                // As every cron: with a day of the month and a day of the week, either will do.
                let either = *day != "*" && weekday != "*";
                let pairs = if either { vec![(*day, "*"), ("*", weekday.as_str())] } else { vec![(*day, weekday.as_str())] };
                pairs.into_iter().map(|(day, weekday)| format!("0 {minute} {hour} {day} {month} {weekday}")).collect()
            }
            [_, _, _, _, _, _] => vec![fields.join(" ")],
            _ => return Err(wrong(format!("it has {} fields", fields.len()))),
        };
        let any = all.iter().map(|one| one.parse().map_err(|e: cron::error::Error| wrong(e.to_string()))).collect::<Outcome<_>>()?;
        Ok(Self { any, zone })
    }

    /// The nights after this wall-clock time, in order. Where the clocks go forward a time that does not come is moved on; where they go back the first of
    /// two counts.
    pub fn after(&self, civil: NaiveDateTime) -> impl Iterator<Item = Due> {
        let mut last = civil;
        std::iter::from_fn(move || {
            // The crate knows no wall clock without a zone: in UTC no time is skipped or doubled.
            let next = self.any.iter().filter_map(|schedule| schedule.after(&last.and_utc()).next()).min()?.naive_utc();
            last = next;
            Some(Due { civil: next, at: in_zone(next, self.zone)? })
        })
    }

    /// What the clocks of its zone show.
    pub fn civil(&self, now: DateTime<Utc>) -> NaiveDateTime {
        now.with_timezone(&self.zone).naive_local()
    }
}

/// Weekdays of a five-field expression by name: there Sunday is 0 and 7, in the crate it is 1.
fn weekdays(field: &str) -> Result<String, String> {
    if field == "*" || field == "?" {
        return Ok("*".to_owned());
    }
    let number = |text: &str| {
        let named = DAYS.iter().position(|day| text.to_uppercase().starts_with(day));
        named.or_else(|| text.parse().ok().filter(|n| *n <= 7)).ok_or_else(|| format!("`{text}` is no day of the week: 0 to 7 or SUN to SAT"))
    };
    let mut found = BTreeSet::new();
    for part in field.split(',') {
        let (range, step) = part.split_once('/').unwrap_or((part, "1"));
        let step: usize = step.parse().ok().filter(|n| *n > 0).ok_or_else(|| format!("`{part}` has no step such as */2"))?;
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (0, 6),
            Some((from, to)) => (number(from)?, number(to)?),
            None => (number(range)?, if part.contains('/') { 6 } else { number(range)? }),
        };
        // FRI-MON goes round the end of the week.
        let to = if to < from { to + 7 } else { to };
        found.extend((from..=to).step_by(step).map(|day| day % 7));
    }
    Ok(found.into_iter().filter_map(|day| DAYS.get(day).copied()).collect::<Vec<_>>().join(","))
}

/// What is remembered of a job's schedule, in its data folder.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Memory {
    /// The last night that was done, whatever came of it.
    done: NaiveDateTime,
}

/// The schedule of one job: which nights are due, and which are done.
#[derive(Debug, Clone)]
pub struct Planner {
    timetable: Timetable,
    path: PathBuf,
    /// Nights older than this are not made up for: their runs would not be kept.
    keep: TimeDelta,
}

impl Planner {
    /// The planner of a job that says its schedule.
    pub fn of(job: &Job, data: &Path) -> Outcome<Self> {
        let expression = job
            .schedule
            .as_deref()
            .ok_or_else(|| Failure::settings(format!("the job `{}` has no schedule", job.name)).hint("add a line such as schedule = \"30 2 * * *\" to it"))?;
        Ok(Self {
            timetable: Timetable::parse(expression, job.timezone)?,
            path: data.join(&job.name).join("schedule.json"),
            keep: TimeDelta::days(job.keep_nights.into()),
        })
    }

    /// The nights that are due, oldest first. Nothing is due before a job was first seen.
    pub fn due(&self, now: DateTime<Utc>) -> Outcome<Vec<Due>> {
        let Some(memory) = self.read()? else {
            self.write(Memory { done: self.timetable.civil(now) })?;
            return Ok(Vec::new());
        };
        Ok(self.timetable.after(memory.done).take_while(|due| due.at <= now).filter(|due| due.at > now - self.keep).collect())
    }

    /// The next night after now.
    pub fn next(&self, now: DateTime<Utc>) -> Option<Due> {
        self.timetable.after(self.timetable.civil(now)).find(|due| due.at > now)
    }

    /// Remembers a night as done.
    pub fn done(&self, due: Due) -> Outcome<()> {
        self.write(Memory { done: due.civil })
    }

    fn read(&self) -> Outcome<Option<Memory>> {
        match std::fs::read_to_string(&self.path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Failure::disk(format!("cannot read `{}`", self.path.display()), &e)),
            Ok(text) => serde_json::from_str(&text).map(Some).map_err(|e| {
                Failure::settings(format!("`{}` is damaged", self.path.display())).facts(e.to_string()).hint("remove it: the schedule then begins anew, now")
            }),
        }
    }

    fn write(&self, memory: Memory) -> Outcome<()> {
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| Failure::disk(format!("cannot make the folder `{}`", folder.display()), &e))?;
        }
        let text = serde_json::to_string(&memory).map_err(|e| Failure::new(Kind::Broken, "cannot remember a night").facts(e.to_string()))?;
        replace(&self.path, &text, 0o644)
    }
}

/// What became of a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It is over, well or not.
    Over,
    /// Somebody else works in the data folder: it is to be tried again.
    Later,
    /// It was asked to stop before it was over.
    Stopped,
}

/// Runs what is due, oldest first: `judged` says of an instant whether a run of it is published, `run` runs one. Ends with the first that is not over.
pub fn turn(planner: &Planner, now: DateTime<Utc>, judged: &dyn Fn(DateTime<Utc>) -> bool, run: &mut dyn FnMut(Due) -> Ended) -> Outcome<Ended> {
    for due in planner.due(now)? {
        // A run that was killed after it was published is over.
        let ended = if judged(due.at) { Ended::Over } else { run(due) };
        if ended != Ended::Over {
            return Ok(ended);
        }
        planner.done(due)?;
    }
    Ok(Ended::Over)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions() {
        let nights = |expression: &str| {
            let from = "2026-03-01T00:00:00".parse().unwrap();
            let found = Timetable::parse(expression, Tz::UTC)
                .map(|timetable| timetable.after(from).take(4).map(|due| due.civil.format("%a %d %H:%M").to_string()).collect::<Vec<_>>());
            found.map_or_else(|failure| failure.line(), |nights| nights.join(", "))
        };
        // 2026-03-01 is a Sunday.
        for (expression, expected) in [
            ("30 2 * * *", "Sun 01 02:30, Mon 02 02:30, Tue 03 02:30, Wed 04 02:30"),
            ("0 2 * * 0", "Sun 01 02:00, Sun 08 02:00, Sun 15 02:00, Sun 22 02:00"),
            ("0 2 * * 7", "Sun 01 02:00, Sun 08 02:00, Sun 15 02:00, Sun 22 02:00"),
            ("0 2 * * 1-5", "Mon 02 02:00, Tue 03 02:00, Wed 04 02:00, Thu 05 02:00"),
            ("0 2 * * 5-7", "Sun 01 02:00, Fri 06 02:00, Sat 07 02:00, Sun 08 02:00"),
            ("0 2 * * fri-mon", "Sun 01 02:00, Mon 02 02:00, Fri 06 02:00, Sat 07 02:00"),
            ("0 2 * * */2", "Sun 01 02:00, Tue 03 02:00, Thu 05 02:00, Sat 07 02:00"),
            ("0 2 * * 1,3", "Mon 02 02:00, Wed 04 02:00, Mon 09 02:00, Wed 11 02:00"),
            ("0 2 15 * 1", "Mon 02 02:00, Mon 09 02:00, Sun 15 02:00, Mon 16 02:00"),
            ("*/20 2 * * *", "Sun 01 02:00, Sun 01 02:20, Sun 01 02:40, Mon 02 02:00"),
            ("0 30 2 * * MON", "Mon 02 02:30, Mon 09 02:30, Mon 16 02:30, Mon 23 02:30"),
            ("0 30 2 * * 2", "Mon 02 02:30, Mon 09 02:30, Mon 16 02:30, Mon 23 02:30"),
            ("0 2 * * 8", "the schedule `0 2 * * 8` is not usable: `8` is no day of the week: 0 to 7 or SUN to SAT"),
            ("0 2 * *", "the schedule `0 2 * *` is not usable: it has 4 fields"),
        ] {
            assert_eq!(nights(expression), expected, "{expression}");
        }
        assert!(nights("0 25 * * *").starts_with("the schedule `0 25 * * *` is not usable: "));
    }
}
