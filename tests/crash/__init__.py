"""Kill the process at every point of a sale, resume, and look whether anything was lost or done twice."""
