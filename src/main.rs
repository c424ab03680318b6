//! Parses the arguments, opens the window or runs a subcommand, and prints the one error.

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;
use vitrine::cli::Arguments;

fn main() -> ExitCode {
    // ONNX Runtime keeps a file of events and tries to send it, whatever its environment is asked for, unless this is
    // set before it is loaded.
    #[expect(unsafe_code, reason = "no other thread runs yet")]
    unsafe {
        std::env::set_var("ORT_DISABLE_TELEMETRY", "1");
    }
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_env("VITRINE_LOG").unwrap_or_else(|_| EnvFilter::new("error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    vitrine::cli::run(arguments, vitrine::ui::run)
}
