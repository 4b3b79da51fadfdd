//! A program under test in a process of its own: started, killed, restarted, listened to.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::limits::{OUTPUT_LINES_MAX, OUTPUT_LINES_SHOWN, READY_WITHIN, STOP_WITHIN};
use crate::{environment, http, ports, wait};

/// Where the private port goes in arguments and variables.
const PORT: &str = "{port}";

/// How to start a server. `{port}` in an argument or a variable becomes the private port.
#[derive(Debug, Clone)]
pub struct Launch {
    program: PathBuf,
    arguments: Vec<OsString>,
    variables: Vec<(String, String)>,
    ready_path: String,
    ready_within: Duration,
}

impl Launch {
    pub fn new(program: impl Into<PathBuf>) -> Launch {
        Launch {
            program: program.into(),
            arguments: Vec::new(),
            variables: Vec::new(),
            ready_path: "/readyz".to_owned(),
            ready_within: READY_WITHIN,
        }
    }

    pub fn arg(mut self, argument: impl Into<OsString>) -> Launch {
        self.arguments.push(argument.into());
        self
    }

    pub fn args(self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Launch {
        arguments.into_iter().fold(self, Launch::arg)
    }

    pub fn env(mut self, name: &str, value: impl Into<String>) -> Launch {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    pub fn ready_within(mut self, time: Duration) -> Launch {
        self.ready_within = time;
        self
    }

    /// Starts the program and waits until it says that it is ready; panics with its output otherwise.
    pub fn start(self) -> Server {
        self.try_start().unwrap_or_else(|output| panic!("the server does not get ready:\n{output}"))
    }

    /// The same for tests that expect a refusal: gives the output of a server that did not start.
    pub fn try_start(self) -> Result<Server, String> {
        let port = ports::free_port().map_err(|fault| format!("no free port: {fault}"))?;
        let mut server = Server { launch: self, port, process: None, output: Output::default() };
        server.start()?;
        Ok(server)
    }

    fn command(&self, port: u16) -> Command {
        let port = port.to_string();
        let mut command = Command::new(&self.program);
        environment::forget_settings(&mut command);
        for argument in &self.arguments {
            match argument.to_str() {
                Some(text) => command.arg(text.replace(PORT, &port)),
                None => command.arg(argument),
            };
        }
        for (name, value) in &self.variables {
            command.env(name, value.replace(PORT, &port));
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// A running server; killed when the value is dropped.
#[derive(Debug)]
pub struct Server {
    launch: Launch,
    port: u16,
    process: Option<Child>,
    output: Output,
}

impl Server {
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `http://127.0.0.1:…`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn process(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// Everything it said on both streams, over all its lives.
    pub fn output(&self) -> String {
        self.output.last(OUTPUT_LINES_MAX)
    }

    /// Waits until it says something that contains `text`.
    pub fn says(&self, text: &str, within: Duration) -> bool {
        wait::until(within, || self.output.contains(text))
    }

    /// Whether the process is still there.
    pub fn is_running(&mut self) -> bool {
        self.process.as_mut().is_some_and(|process| matches!(process.try_wait(), Ok(None)))
    }

    /// SIGKILL: no goodbye.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// SIGTERM, then waits for its end; killed if it does not come, and then there is no status.
    pub fn terminate(&mut self) -> Option<ExitStatus> {
        self.signal(Signal::TERM);
        let status = self.wait(STOP_WITHIN);
        self.kill();
        status
    }

    /// Sends a signal and does not wait.
    pub fn signal(&self, signal: Signal) {
        let pid = self.process().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            let _ = kill_process(pid, signal);
        }
    }

    /// Waits until it ends by itself.
    pub fn wait(&mut self, within: Duration) -> Option<ExitStatus> {
        let process = self.process.as_mut()?;
        let mut status = None;
        wait::until(within, || {
            status = process.try_wait().ok().flatten();
            status.is_some()
        });
        status
    }

    /// Kills it if it runs, and starts it again at the same port; panics if it does not get ready.
    pub fn restart(&mut self) {
        self.kill();
        self.start().unwrap_or_else(|output| panic!("the server does not get ready again:\n{output}"));
    }

    fn start(&mut self) -> Result<(), String> {
        let mut command = self.launch.command(self.port);
        let mut process =
            command.spawn().map_err(|fault| format!("{}: {fault}", self.launch.program.display()))?;
        self.output.listen(process.stdout.take());
        self.output.listen(process.stderr.take());
        self.process = Some(process);

        let mut alive = true;
        let ready = wait::until(self.launch.ready_within, || {
            alive = self.is_running();
            !alive || self.answers_ready()
        });
        if ready && alive {
            return Ok(());
        }
        let status = self.wait(Duration::ZERO);
        self.kill();
        self.output.settle();
        let ended = status.map_or("not ready in time".to_owned(), |status| status.to_string());
        Err(format!("{}\n{ended}", self.output.last(OUTPUT_LINES_SHOWN)))
    }

    fn answers_ready(&self) -> bool {
        http::get(self.port, &self.launch.ready_path).is_ok_and(|(status, _)| status == 200)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The last lines a server said.
#[derive(Debug, Default)]
struct Output {
    lines: Arc<Mutex<VecDeque<String>>>,
    listeners: Vec<std::thread::JoinHandle<()>>,
}

impl Output {
    fn listen(&mut self, stream: Option<impl Read + Send + 'static>) {
        let Some(stream) = stream else { return };
        let lines = Arc::clone(&self.lines);
        self.listeners.retain(|listener| !listener.is_finished());
        self.listeners.push(std::thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                let mut lines = locked(&lines);
                if lines.len() == OUTPUT_LINES_MAX {
                    lines.pop_front();
                }
                lines.push_back(String::from_utf8_lossy(&line).into_owned());
            }
        }));
    }

    /// Waits a moment for what an ended server said last.
    fn settle(&self) {
        wait::until(Duration::from_secs(1), || self.listeners.iter().all(|listener| listener.is_finished()));
    }

    fn contains(&self, text: &str) -> bool {
        locked(&self.lines).iter().any(|line| line.contains(text))
    }

    fn last(&self, count: usize) -> String {
        let lines = locked(&self.lines);
        let skipped = lines.len().saturating_sub(count);
        lines.iter().skip(skipped).map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(test)]
mod tests;
