//! The program: command line, log, signals, exit code.

use std::process::ExitCode;

use clap::Parser;
use nightaudit::cli::{Cli, LogFormat, Stop};
use nightaudit::failure::{Failure, INTERRUPTED, Kind};

fn main() -> ExitCode {
    let cli = Cli::parse();
    log_to_stderr(cli.log());
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return failed(&Failure::disk("cannot start", &e)),
    };
    runtime.block_on(async {
        let (stop, is_patient) = (Stop::default(), cli.stops_itself());
        let mut work = tokio::task::spawn_blocking({
            let stop = stop.clone();
            move || cli.execute(&stop)
        });
        let done = tokio::select! {
            done = &mut work => done,
            () = interrupted() => {
                if is_patient {
                    stop.ask();
                    // A second signal does not wait for the stage to end.
                    tokio::select! {
                        done = &mut work => done,
                        () = interrupted() => std::process::exit(INTERRUPTED.into()),
                    }
                } else {
                    anstream::eprintln!("interrupted: nothing of this run was published");
                    // The work cannot be asked to stop in the middle of a query; an unfinished run is swept away by the next one.
                    std::process::exit(INTERRUPTED.into())
                }
            }
        };
        match done {
            Ok(Ok(code)) => ExitCode::from(code),
            Ok(Err(failure)) => failed(&failure),
            Err(e) => failed(&Failure::new(Kind::Broken, "the program stopped in the middle").facts(e.to_string()).hint("please report this with the command")),
        }
    })
}

/// Waits for Ctrl-C or SIGTERM.
async fn interrupted() {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(signal) => signal,
        Err(_) => return std::future::pending().await,
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

fn failed(failure: &Failure) -> ExitCode {
    anstream::eprintln!("error: {failure}");
    ExitCode::from(failure.exit_code())
}

/// Progress bars tell the stages on a terminal, lines elsewhere.
fn log_to_stderr(format: LogFormat) {
    use std::io::IsTerminal;
    use tracing::level_filters::LevelFilter;
    let on_terminal = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false);
    match format {
        LogFormat::Json => lines.json().flatten_event(true).with_max_level(LevelFilter::INFO).init(),
        LogFormat::Text => lines.without_time().with_ansi(on_terminal).with_max_level(if on_terminal { LevelFilter::WARN } else { LevelFilter::INFO }).init(),
    }
}
