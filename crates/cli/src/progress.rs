//! How far long work is: a line on a terminal that is drawn over and goes when the work ends.
//!
//! Nothing is drawn in the first second, nor when nobody is looking. Written
//! here rather than taken from a crate: the work itself says how far it is, so
//! there is nothing to do in the background.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use stillroom::Progress;

use crate::text::size;

/// Work that ends sooner needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the line is drawn again.
const STEP: Duration = Duration::from_millis(100);
/// Columns of the bar itself.
const WIDTH: u64 = 24;
/// Back to the line's beginning, and everything behind it away.
const ERASE: &str = "\r\x1b[K";

/// A bar, gone again when it is dropped.
pub(crate) struct Bar<'w> {
    what: &'static str,
    out: Option<&'w mut dyn Write>,
    began: Instant,
    /// When the line was last drawn, since the beginning.
    drawn: Option<Duration>,
}

impl<'w> Bar<'w> {
    /// A bar on `out`; nothing is drawn without one.
    pub(crate) fn new(what: &'static str, out: Option<&'w mut dyn Write>) -> Self {
        Self { what, out, began: Instant::now(), drawn: None }
    }

    /// The watch of a call.
    pub(crate) fn watch(&mut self) -> impl FnMut(Progress) -> ControlFlow<()> {
        |progress| {
            self.draw(progress, self.began.elapsed());
            ControlFlow::Continue(())
        }
    }

    fn draw(&mut self, progress: Progress, time: Duration) {
        let due = self.drawn.map_or(PATIENCE, |drawn| drawn + STEP);
        let Some(out) = self.out.as_mut().filter(|_| time >= due) else { return };
        self.drawn = Some(time);
        // The bar is beside the point: where it can't be drawn the work goes on.
        let _ = write!(out, "{ERASE}{}", line(self.what, progress, time)).and_then(|()| out.flush());
    }
}

impl Drop for Bar<'_> {
    fn drop(&mut self) {
        if let (Some(out), Some(_)) = (self.out.as_mut(), self.drawn) {
            let _ = write!(out, "{ERASE}").and_then(|()| out.flush());
        }
    }
}

/// A stream whose bytes are counted on a bar, where nobody knows how many there will be.
pub(crate) struct Counted<'w, 'b> {
    out: &'w mut dyn Write,
    bar: Bar<'b>,
    len: u64,
}

impl<'w, 'b> Counted<'w, 'b> {
    /// `out`, counted on `bar`.
    pub(crate) fn new(out: &'w mut dyn Write, bar: Bar<'b>) -> Self {
        Self { out, bar, len: 0 }
    }
}

impl Write for Counted<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.out.write(bytes)?;
        self.len += len as u64;
        self.bar.draw(Progress { done: self.len, total: 0 }, self.bar.began.elapsed());
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// `exporting  ████████░░░░░░░░░░░░░░░░  33 %  400 MB of 1.2 GB, 9 s left`; `writing  400 MB` without a total.
fn line(what: &str, progress: Progress, time: Duration) -> String {
    let total = progress.total;
    if total == 0 {
        return format!("{what}  {}", size(progress.done));
    }
    let done = progress.done.min(total);
    let part = |of: u64| u64::try_from(u128::from(done) * u128::from(of) / u128::from(total)).unwrap_or(of);
    let full = part(WIDTH);
    let bar: String = (0..WIDTH).map(|at| if at < full { '█' } else { '░' }).collect();
    let left = match done {
        0 => String::new(),
        _ => {
            let seconds = time.as_secs_f64() * (total - done) as f64 / done as f64;
            format!(", {} left", rough(seconds.ceil() as u64))
        }
    };
    format!("{what}  {bar}  {} %  {} of {}{left}", part(100), size(done), size(progress.total))
}

/// A time of waiting: `9 s`, `4 min`, `2 h`.
fn rough(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(times: &[(u64, u64)]) -> String {
        let mut out = Vec::new();
        let mut bar = Bar::new("exporting", Some(&mut out));
        for (millis, done) in times {
            let progress = Progress { done: *done, total: 1_200_000_000 };
            bar.draw(progress, Duration::from_millis(*millis));
        }
        drop(bar);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn short_work_draws_nothing() {
        assert_eq!(drawn(&[(0, 0), (999, 1_199_999_999)]), "");
    }

    #[test]
    fn long_work_draws_a_line_that_goes_when_it_ends() {
        let first = "exporting  ████████░░░░░░░░░░░░░░░░  33 %  400 MB of 1.2 GB, 4 s left";
        let last = "exporting  ████████████████████████  100 %  1.2 GB of 1.2 GB, 0 s left";

        // The second call comes too soon after the first to be drawn.
        let text = drawn(&[(2000, 400_000_000), (2050, 500_000_000), (2100, 1_200_000_000)]);

        assert_eq!(text, format!("{ERASE}{first}{ERASE}{last}{ERASE}"));
    }

    #[test]
    fn nobody_looking_sees_nothing_and_the_work_goes_on() {
        let mut bar = Bar::new("exporting", None);

        assert!(bar.watch()(Progress { done: 0, total: 0 }).is_continue());
        bar.draw(Progress { done: 1, total: 2 }, Duration::from_secs(9));
        assert_eq!(bar.drawn, None);
    }

    #[test]
    fn without_a_total_only_what_is_done_is_said() {
        let progress = Progress { done: 400_000_000, total: 0 };

        assert_eq!(line("writing", progress, Duration::from_secs(2)), "writing  400 MB");
    }

    #[test]
    fn a_counted_stream_is_the_stream() {
        let mut out = Vec::new();
        let mut counted = Counted::new(&mut out, Bar::new("writing", None));

        counted.write_all(b"some ").unwrap();
        counted.write_all(b"bytes").unwrap();

        assert_eq!(counted.len, 10);
        assert_eq!(out, b"some bytes");
    }

    #[test]
    fn waiting_is_said_roughly() {
        for (seconds, said) in [(9, "9 s"), (119, "119 s"), (300, "5 min"), (7200, "2 h")] {
            assert_eq!(rough(seconds), said);
        }
    }
}
