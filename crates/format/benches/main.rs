//! The hot paths of a save and a load: hashing, cutting, coding, manifests.
//!
//! `cargo bench -p stillroom-format`, or with a name's part behind `--`.

mod columns;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use stillroom_format::{
    Buffer, CHUNK_LEN, Chunk, Codec, Compression, Cuts, Decoder, Digest, Encoder, Item, Layout, Limits,
    Manifest, Method, Value, Writer,
};

use columns::Column;

/// As long as the caches of one core, and longer than a few chunks.
const LEN: usize = 1 << 20;

fn hash(criterion: &mut Criterion) {
    let bytes = columns::walk(CHUNK_LEN).bytes;
    let mut group = criterion.benchmark_group("hash");
    group.throughput(Throughput::Bytes(CHUNK_LEN as u64));
    group.bench_function("chunk", |bencher| bencher.iter(|| Digest::of(black_box(&bytes))));
}

fn cut(criterion: &mut Criterion) {
    let [_, text] = columns::sentences(LEN / 30);
    let mut group = criterion.benchmark_group("cut");
    group.throughput(Throughput::Bytes(text.bytes.len() as u64));
    for layout in [Layout::Fixed, Layout::Content] {
        group.bench_function(format!("{layout:?}"), |bencher| {
            bencher.iter(|| {
                let mut cuts = Cuts::new(&text.bytes, layout);
                while let Some(chunk) = cuts.next() {
                    black_box(chunk);
                }
            });
        });
    }
}

/// The shuffles alone: of noise, which zstd hands on as it is.
fn shuffle(criterion: &mut Criterion) {
    let mut random = columns::Random(1);
    let noise: Vec<u8> = (0..CHUNK_LEN / 8).flat_map(|_| random.word().to_le_bytes()).collect();
    let mut group = criterion.benchmark_group("shuffle");
    group.throughput(Throughput::Bytes(CHUNK_LEN as u64));
    for codec in [Codec::ByteShuffle, Codec::BitShuffle] {
        for width in [1, 2, 4, 8, 16] {
            let method = Method::new(codec, Item::words(width), Compression::Fast);
            let mut encoder = Encoder::new();
            group.bench_function(BenchmarkId::new(format!("{codec:?}"), width), |bencher| {
                bencher.iter(|| black_box(encoder.encode(method, &noise)).0);
            });
        }
    }
}

fn codecs(criterion: &mut Criterion) {
    let [_, text] = columns::sentences(LEN / 30);
    let frame = columns::frame(LEN / 8)
        .into_iter()
        .filter(|column| ["price", "temp", "lat", "power_f32", "user", "ts", "level"].contains(&column.name));
    for column in frame.chain([columns::walk(LEN), text]) {
        let mut encoder = Encoder::new();
        let method = Method::choose(&mut encoder, Compression::Fast, column.item, &column.bytes);
        let name = format!("{} {:?}", column.name, method.codec());
        let chunk = Cuts::new(&column.bytes, column.layout).next().map(<[u8]>::to_vec);
        both_ways(criterion, &name, &mut encoder, method, &chunk.expect("the column has rows"));
        choose(criterion, &column);
    }
}

fn both_ways(criterion: &mut Criterion, name: &str, encoder: &mut Encoder, method: Method, raw: &[u8]) {
    let (codec, coded) = encoder.encode(method, raw);
    let coded = coded.to_vec();
    let mut group = criterion.benchmark_group("codec");
    group.throughput(Throughput::Bytes(raw.len() as u64));
    group.bench_function(BenchmarkId::new("encode", name), |bencher| {
        bencher.iter(|| black_box(encoder.encode(method, raw)).0);
    });
    let (mut decoder, mut into) = (Decoder::new(), vec![0; raw.len()]);
    group.bench_function(BenchmarkId::new("decode", name), |bencher| {
        bencher.iter(|| decoder.decode(codec, &coded, &mut into).expect("what was coded a moment ago"));
    });
}

fn choose(criterion: &mut Criterion, column: &Column) {
    // As long as a column of a small frame.
    let small = column.bytes[..80_000].to_vec();
    let mut encoder = Encoder::new();
    criterion.bench_function(&format!("choose/{}", column.name), |bencher| {
        bencher.iter(|| Method::choose(&mut encoder, Compression::Fast, column.item, &small));
    });
}

/// A dict of small things, and one buffer of a gibibyte.
fn manifest(criterion: &mut Criterion) {
    let metric = |at: i64| (Value::str(format!("metric {at}")), Value::float(at as f64));
    let value = Value::dict((0..1000).map(metric).collect());
    let mut group = criterion.benchmark_group("manifest");
    group.bench_function("encode 1000 metrics", |bencher| bencher.iter(|| sealed(&value)));
    let bytes = sealed(&value).bytes().clone();
    group.bench_function("decode 1000 metrics", |bencher| bencher.iter(|| read(&bytes)));

    let chunk = Chunk { digest: Digest::of(b"chunk"), len: CHUNK_LEN as u32 };
    let array = vec![0; 1 << 30];
    let mut writer = Writer::new(Limits::default());
    writer.bytes(Box::new(array)).expect("bytes can be kept");
    let draft = writer.finish().expect("the value is complete");
    let buffer = Buffer::new(vec![chunk; (1 << 30) / CHUNK_LEN]);
    let seal = || draft.seal(vec![buffer.clone()]).expect("the buffer is as long as its leaf");
    group.bench_function("encode 16384 chunks", |bencher| bencher.iter(seal));
    let bytes = seal().bytes().clone();
    group.bench_function("decode 16384 chunks", |bencher| {
        bencher
            .iter(|| Manifest::parse(bytes.clone(), Limits::default()).expect("it was sealed a moment ago"));
    });
}

fn sealed(value: &Value) -> Manifest {
    let mut writer = Writer::new(Limits::default());
    value.write(&mut writer).expect("a value is writable");
    let draft = writer.finish().expect("the value is complete");
    draft.seal(Vec::new()).expect("no leaf is long")
}

fn read(bytes: &bytes::Bytes) -> Value {
    let manifest = Manifest::parse(bytes.clone(), Limits::default()).expect("it was sealed a moment ago");
    let mut reader = stillroom_format::Reader::new(&manifest, Limits::default());
    Value::read(&mut reader, |_| Err(stillroom_format::FormatError::Damaged("no buffers")))
        .expect("as sealed")
}

criterion_group!(benches, hash, cut, shuffle, codecs, manifest);
criterion_main!(benches);
