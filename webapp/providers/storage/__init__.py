"""Where files are kept: on this machine's disk, or on S3-compatible storage."""
