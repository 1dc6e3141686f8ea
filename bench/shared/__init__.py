"""What benchmarks share: a visit to a server, and how a result is told."""
