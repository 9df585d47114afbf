"""Cloud Storage on one machine: buckets and objects on disk, for the official client."""
