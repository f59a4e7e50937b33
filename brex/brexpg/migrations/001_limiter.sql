CREATE TABLE brex_limiter_buckets (
  bucket text PRIMARY KEY
);
