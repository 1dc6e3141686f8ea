//! What stands between a store and its server, and cuts the connection where a test says.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    ToServer,
    ToClient,
}

/// What is done at the cut, before anybody sees that the connection is gone.
type Act = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Plan {
    passed: [u64; 2],
    cut: Option<(Way, u64, Act)>,
}

/// A door of its own to a server.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) port: u16,
    plan: Arc<Mutex<Plan>>,
}

impl Proxy {
    pub(crate) fn before(server_port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self { port: listener.local_addr().unwrap().port(), plan: Arc::default() };
        let plan = Arc::clone(&proxy.plan);
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                // A server that is gone is told by an end.
                let Ok(server) = TcpStream::connect(("127.0.0.1", server_port)) else { continue };
                for (way, from, to) in [(Way::ToServer, &client, &server), (Way::ToClient, &server, &client)]
                {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let plan = Arc::clone(&plan);
                    thread::spawn(move || carry(way, from, to, &plan));
                }
            }
        });
        proxy
    }

    /// Forgets what passed, and cuts the connection that is first to bring the `nth` byte that way, before that byte.
    pub(crate) fn cut_at(&self, way: Way, nth: u64, act: impl FnOnce() + Send + 'static) {
        *self.plan.lock().unwrap() = Plan { passed: [0; 2], cut: Some((way, nth, Box::new(act))) };
    }

    /// Whether the cut that was planned last has been made.
    pub(crate) fn was_cut(&self) -> bool {
        self.plan.lock().unwrap().cut.is_none()
    }

    /// How many bytes went to the server and to the client since; forgets what was planned.
    pub(crate) fn passed(&self) -> [u64; 2] {
        std::mem::take(&mut *self.plan.lock().unwrap()).passed
    }
}

fn carry(way: Way, mut from: TcpStream, mut to: TcpStream, plan: &Mutex<Plan>) {
    let mut buffer = [0; 4096];
    while let Ok(len @ 1..) = from.read(&mut buffer) {
        let act = {
            let mut plan = plan.lock().unwrap();
            let passed = &mut plan.passed[way as usize];
            let before = *passed;
            *passed += len as u64;
            let is_here =
                matches!(&plan.cut, Some((cut, nth, _)) if *cut == way && before + len as u64 >= *nth);
            if is_here {
                plan.cut.take().map(|(_, nth, act)| (nth.saturating_sub(before + 1), act))
            } else {
                None
            }
        };
        let Some((rest, act)) = act else {
            if to.write_all(&buffer[..len]).is_err() {
                break;
            }
            continue;
        };
        let rest = usize::try_from(rest).unwrap();
        // What went before has to have arrived, or the cut would be earlier.
        let _ = to.write_all(&buffer[..rest]);
        act();
        break;
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
