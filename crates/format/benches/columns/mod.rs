//! Columns such as people keep, made by a generator: the same at every run.

use stillroom_format::{Item, Layout};

/// A column: what it is called, made of, and its bytes.
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) item: Item,
    pub(crate) layout: Layout,
    pub(crate) bytes: Vec<u8>,
}

/// A mixed frame of `rows` rows: prices, readings, codes, times, names. 137 bytes a row.
pub(crate) fn frame(rows: usize) -> Vec<Column> {
    let mut all = numbers(rows);
    all.extend(codes(rows));
    all.extend(text("city", &strings(rows, 3, |random| CITIES[random.skewed(CITIES.len())].to_owned())));
    let order =
        |random: &mut Random| format!("order {:07} from desk {}", random.below(10_000_000), random.below(9));
    all.extend(text("note", &strings(rows, 4, order)));
    all
}

/// A walk of whole steps as float64.
pub(crate) fn walk(len: usize) -> Column {
    let mut random = Random(77);
    let mut at = 0.0;
    let steps = (0..len / 8).map(|_| {
        at += (random.normal() * 4000.0).round();
        at
    });
    fixed("walk", Item::float(8), steps.flat_map(f64::to_le_bytes).collect())
}

/// Sentences of words that are used unevenly, as UTF-8 with the lengths of the strings.
pub(crate) fn sentences(rows: usize) -> [Column; 2] {
    let words: Vec<String> = strings(4000, 5, |random| {
        (0..2 + random.below(8)).map(|_| char::from(b'a' + random.skewed(26) as u8)).collect()
    });
    text(
        "body",
        &strings(rows, 6, |random| {
            let words: Vec<&str> =
                (0..4 + random.below(9)).map(|_| &*words[random.skewed(words.len())]).collect();
            words.join(" ")
        }),
    )
}

const CITIES: [&str; 12] = [
    "Berlin",
    "Paris",
    "Lisbon",
    "Vienna",
    "Oslo",
    "Rotterdam",
    "Milan",
    "Prague",
    "Dublin",
    "Porto",
    "Gent",
    "Copenhagen",
];

fn numbers(rows: usize) -> Vec<Column> {
    let f64s = |name, values: Vec<f64>| fixed(name, Item::float(8), le(&values, f64::to_le_bytes));
    let i64s = |name, values: Vec<i64>| fixed(name, Item::signed(8), le(&values, i64::to_le_bytes));
    let mut random = Random(1);
    let rounded = |value: f64, unit: f64| (value / unit).round() / unit.recip();
    let mut walked = |step: f64, unit: f64| -> Vec<f64> {
        let mut at = 100.0;
        let mut steps = |_| {
            at += random.normal() * step;
            rounded(at, unit)
        };
        (0..rows).map(&mut steps).collect()
    };
    let (price, humidity) = (walked(0.02, 0.01), walked(0.15, 0.1));
    let mut r = Random(2);
    let mut time = 1_700_000_000_000_i64;
    vec![
        f64s("price", price),
        f64s("volume_weighted", (0..rows).map(|_| rounded(r.unit() * 1e5, 0.01)).collect()),
        f64s("temp", (0..rows).map(|_| rounded(15.0 + r.normal() * 8.0, 0.25)).collect()),
        f64s("humidity", humidity),
        f64s("score", (0..rows).map(|_| r.unit()).collect()),
        f64s("ret", (0..rows).map(|_| r.normal() * 0.01).collect()),
        f64s("lat", (0..rows).map(|_| rounded(40.0 + r.unit() * 20.0, 1e-5)).collect()),
        fixed(
            "power_f32",
            Item::float(4),
            (0..rows)
                .flat_map(|at| ((at as f32 * 0.001).sin() * 50.0 + r.normal() as f32).to_le_bytes())
                .collect(),
        ),
        i64s("id", (0..rows as i64).collect()),
        fixed("qty", Item::signed(4), (0..rows).flat_map(|_| (r.skewed(40) as i32).to_le_bytes()).collect()),
        i64s("user", (0..rows).map(|_| 100_000 + r.skewed(200) as i64).collect()),
        i64s(
            "ts",
            (0..rows)
                .map(|_| {
                    time += r.below(65_536) as i64;
                    time * 1_000_000
                })
                .collect(),
        ),
        i64s(
            "created",
            (0..rows).map(|_| (1_700_000_000 + r.below(31_000_000) as i64) * 1_000_000_000).collect(),
        ),
    ]
}

fn codes(rows: usize) -> Vec<Column> {
    let mut r = Random(7);
    vec![
        fixed("level", Item::signed(1), (0..rows).map(|_| r.skewed(9) as u8).collect()),
        fixed("status_codes", Item::signed(1), (0..rows).map(|_| r.below(6) as u8).collect()),
        fixed("is_member", Item::unsigned(1), (0..rows).map(|_| u8::from(r.below(10) < 3)).collect()),
    ]
}

fn fixed(name: &'static str, item: Item, bytes: Vec<u8>) -> Column {
    Column { name, item, layout: Layout::Fixed, bytes }
}

fn le<T: Copy, const WIDTH: usize>(values: &[T], bytes: impl Fn(T) -> [u8; WIDTH]) -> Vec<u8> {
    values.iter().flat_map(|value| bytes(*value)).collect()
}

fn strings(rows: usize, seed: u64, mut make: impl FnMut(&mut Random) -> String) -> Vec<String> {
    let mut random = Random(seed);
    (0..rows).map(|_| make(&mut random)).collect()
}

/// A text column as the format keeps it: lengths, then the text.
fn text(name: &'static str, strings: &[String]) -> [Column; 2] {
    let lengths = strings.iter().flat_map(|string| (string.len() as u32).to_le_bytes()).collect();
    let bytes = strings.concat().into_bytes();
    [
        fixed("lengths of the next", Item::unsigned(4), lengths),
        Column { name, item: Item::BYTES, layout: Layout::Content, bytes },
    ]
}

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, end: u64) -> u64 {
        (self.unit() * end as f64) as u64
    }

    /// Box and Muller's.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Below `end`, small ones more often.
    fn skewed(&mut self, end: usize) -> usize {
        (self.unit().powi(3) * end as f64) as usize
    }
}
