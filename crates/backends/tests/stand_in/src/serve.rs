//! Connections, each with a thread of its own, and requests on them one after the other.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;

use crate::fault::{Fault, Seen};
use crate::http::{Inbox, Request, Response};
use crate::{State, gateway, locked};

pub(crate) fn accept(listener: &TcpListener, state: &Arc<State>) {
    for (number, stream) in (0..).zip(listener.incoming()) {
        if state.is_over.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let Ok(other) = stream.try_clone() else { continue };
        // A small answer is not to wait for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
        locked(&state.open).insert(number, other);
        let state = Arc::clone(state);
        thread::spawn(move || {
            serve(stream, &state);
            if let Some(stream) = locked(&state.open).remove(&number) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        });
    }
}

fn serve(mut stream: TcpStream, state: &State) {
    let mut inbox = Inbox::default();
    // Whoever breaks off is gone, and whoever is not understood is sent away.
    while let Ok(Some(request)) = inbox.head(&mut stream) {
        match exchange(&mut stream, &mut inbox, request, state) {
            Ok(true) => {}
            Ok(false) | Err(_) => return,
        }
    }
}

/// Answers a request; whether the connection is kept.
fn exchange(
    stream: &mut (impl Read + Write),
    inbox: &mut Inbox,
    mut request: Request,
    state: &State,
) -> std::io::Result<bool> {
    let fault = state.faults().of(&format!("{} {}", request.method, request.target()));
    let cut_in = match fault {
        Some(Fault::CutIn(len)) => len.saturating_sub(request.head_len),
        _ => usize::MAX,
    };
    let mut seen = Seen {
        method: request.method.clone(),
        path: request.target(),
        status: None,
        bytes_in: request.head_len,
        bytes_out: 0,
        is_fault: fault.is_some(),
    };
    if !inbox.body(stream, &mut request, cut_in)? {
        seen.bytes_in += cut_in;
        state.faults().saw(seen);
        return Ok(false);
    }
    seen.bytes_in += request.body.len();
    if let Some(Fault::Delay(time)) = &fault {
        thread::sleep(*time);
    }
    let planned = fault.as_ref().and_then(|fault| fault.answer(&request));
    let answer = planned.unwrap_or_else(|| gateway::answer(state, &mut request));

    let (bytes, is_whole) = on_the_wire(&answer, &request, fault.as_ref());
    seen.status = (!bytes.is_empty()).then_some(answer.status);
    seen.bytes_out = bytes.len();
    // A test that has its answer may look at once.
    state.faults().saw(seen);
    stream.write_all(&bytes)?;
    stream.flush()?;
    Ok(is_whole && !request.ends_connection())
}

/// What is written, and whether that is all.
fn on_the_wire(answer: &Response, request: &Request, fault: Option<&Fault>) -> (Vec<u8>, bool) {
    let mut bytes = answer.head().into_bytes();
    let head_len = bytes.len();
    if request.method != "HEAD" {
        bytes.extend_from_slice(&answer.body);
    }
    let cut = match fault {
        Some(Fault::CutOut(len)) => *len,
        Some(Fault::Truncated(len)) => head_len + len,
        _ => return (bytes, true),
    };
    bytes.truncate(cut);
    (bytes, false)
}
