"""The same journey as other people drive it, without a line of the suite (`tools.bench.ways`)."""
