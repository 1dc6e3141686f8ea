"""What benchmarks share: how a result is told."""
