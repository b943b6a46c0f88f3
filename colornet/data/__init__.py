"""Pictures and films -> TFRecord shards -> training batches."""
