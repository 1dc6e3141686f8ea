//! How a stand-in misbehaves when a test says so, and what it saw.

use std::time::Duration;

use crate::http::{Request, Response};

/// What goes wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The proxy in front of the project answers with a page of HTML: 502, 503, 520.
    Html(u16),
    /// 429, and after how many seconds one may ask again if the answer says so.
    TooMany(Option<u64>),
    /// 402, as an organisation beyond its quota gets.
    OverQuota,
    /// 540, as a project that is paused.
    Paused,
    /// A redirect to this URL.
    Redirect(String),
    /// Another answer is given than the real one: status, type of content, and body.
    Answer(u16, String, String),
    /// It takes this long before anything is done.
    Delay(Duration),
    /// The connection is cut after so many bytes of the request, head and body, and nothing is done. A request that has
    /// fewer is answered.
    CutIn(usize),
    /// What was asked is done, and the connection is cut after so many bytes of the answer, head and body.
    CutOut(usize),
    /// What was asked is done, and the connection ends after so many bytes of the answer's body.
    Truncated(usize),
}

/// A request that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The verb.
    pub method: String,
    /// The path, with the query.
    pub path: String,
    /// The status that was answered; none if the connection was cut before.
    pub status: Option<u16>,
    /// How many bytes of the request were read, head and body.
    pub bytes_in: usize,
    /// How many bytes of the answer were written.
    pub bytes_out: usize,
    /// Whether it went wrong since a test said so.
    pub is_fault: bool,
}

#[derive(Debug)]
struct Plan {
    path: String,
    skip: usize,
    times: usize,
    fault: Fault,
}

/// What is to go wrong, and what was seen.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    plans: Vec<Plan>,
    seen: Vec<Seen>,
}

impl Faults {
    pub(crate) fn plan(&mut self, path: &str, skip: usize, times: usize, fault: Fault) {
        self.plans.push(Plan { path: path.to_owned(), skip, times, fault });
    }

    pub(crate) fn forget_plans(&mut self) {
        self.plans.clear();
    }

    /// What goes wrong with this request, which is counted.
    pub(crate) fn of(&mut self, line: &str) -> Option<Fault> {
        let plan = self.plans.iter_mut().find(|plan| plan.times > 0 && line.contains(&plan.path))?;
        if plan.skip > 0 {
            plan.skip -= 1;
            return None;
        }
        plan.times -= 1;
        Some(plan.fault.clone())
    }

    pub(crate) fn saw(&mut self, seen: Seen) {
        self.seen.push(seen);
    }

    pub(crate) fn seen(&self) -> &[Seen] {
        &self.seen
    }

    pub(crate) fn forget_seen(&mut self) {
        self.seen.clear();
    }
}

impl Fault {
    /// The answer that stands in the place of the real one.
    pub(crate) fn answer(&self, request: &Request) -> Option<Response> {
        Some(match self {
            Self::Html(status) => Response::new(*status)
                .header("Content-Type", "text/html; charset=UTF-8")
                .header("Server", "cloudflare")
                .body(format!(
                    "<!DOCTYPE html>\n<html><head><title>stand-in.supabase.co | {status}</title></head>\
                     <body><h1>Error {status}</h1></body></html>\n"
                )),
            Self::TooMany(seconds) => {
                let answer = Response::json(429, r#"{"message":"API rate limit exceeded"}"#);
                match seconds {
                    Some(seconds) => answer.header("Retry-After", seconds.to_string()),
                    None => answer,
                }
            }
            Self::OverQuota => Response::json(
                402,
                r#"{"message":"Service for this project is restricted due to the following violations: exceed_egress_quota."}"#,
            ),
            Self::Paused => Response::json(540, r#"{"message":"Project paused"}"#),
            Self::Redirect(to) => Response::new(307).header("Location", format!("{to}{}", request.target())),
            Self::Answer(status, kind, body) => {
                Response::new(*status).header("Content-Type", kind.clone()).body(body.clone())
            }
            Self::Delay(_) | Self::CutIn(_) | Self::CutOut(_) | Self::Truncated(_) => return None,
        })
    }
}
