-- The slots in use of a bucket. One is free from until on, by the server's clock.
CREATE TABLE brex_limiter_slots (
  bucket text NOT NULL,
  holder bigint NOT NULL, -- a limiter in some process
  lease bigint NOT NULL,
  until timestamptz NOT NULL,
  PRIMARY KEY (bucket, holder, lease)
);
CREATE INDEX brex_limiter_slots_until ON brex_limiter_slots (bucket, until);

-- Buckets of which Brex refused requests: nobody gets a slot until pause_until, and until cut_until no more than cut are in use.
CREATE TABLE brex_limiter_buckets (
  bucket text PRIMARY KEY,
  pause_until timestamptz NOT NULL DEFAULT '-infinity',
  cut integer NOT NULL DEFAULT 0,
  cut_until timestamptz NOT NULL DEFAULT '-infinity',
  struck_at timestamptz NOT NULL DEFAULT '-infinity', -- the last refusal of a request that was sent after the one before
  strikes integer NOT NULL DEFAULT 0 -- since the whole limit last held for a window
);

-- Must run in a transaction that is READ COMMITTED: what others did while it waited for the lock counts.
CREATE FUNCTION brex_limiter_acquire(b text, h bigint, first bigint, n integer, requests integer, lease interval,
  OUT granted integer, OUT granted_at timestamptz, OUT again_at timestamptz) LANGUAGE plpgsql AS $$
DECLARE
  p brex_limiter_buckets;
  most integer := requests;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(b, 7305814));
  granted_at := clock_timestamp();
  DELETE FROM brex_limiter_slots s WHERE s.bucket = b AND s.until <= granted_at;
  SELECT * INTO p FROM brex_limiter_buckets q WHERE q.bucket = b;
  IF granted_at < p.pause_until THEN most := 0;
  ELSIF granted_at < p.cut_until THEN most := least(p.cut, requests);
  END IF;
  SELECT greatest(0, least(n, most - count(*))), coalesce(greatest(min(s.until), p.pause_until), granted_at) INTO granted, again_at
    FROM brex_limiter_slots s WHERE s.bucket = b;
  INSERT INTO brex_limiter_slots SELECT b, h, i, granted_at + lease FROM generate_series(first, first + granted - 1) i;
END $$;

-- The same as brex.Window does: see its method Penalize.
CREATE FUNCTION brex_limiter_penalize(b text, granted_at timestamptz, pause interval, requests integer, span interval)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  p brex_limiter_buckets;
  t timestamptz;
  used integer;
  fewest integer := greatest(1, requests / 10);
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(b, 7305814));
  t := clock_timestamp();
  INSERT INTO brex_limiter_buckets (bucket) VALUES (b) ON CONFLICT DO NOTHING;
  SELECT * INTO STRICT p FROM brex_limiter_buckets q WHERE q.bucket = b;
  IF granted_at <= p.struck_at THEN -- it was in flight when another was refused, and counted as not refused
    p.cut := greatest(p.cut - 1, fewest);
  ELSE
    SELECT count(*) - 1 INTO used FROM brex_limiter_slots s WHERE s.bucket = b AND s.until > t;
    IF t > p.cut_until + span THEN p.strikes := 0; END IF;
    IF pause = interval '0' AND used < fewest THEN pause := least(span, span / 60 * 2 ^ least(p.strikes, 6)); END IF;
    p.cut := greatest(used, fewest);
    p.cut_until := t + pause + span * 2 ^ least(p.strikes, 4);
    p.struck_at := t;
    p.strikes := p.strikes + 1;
  END IF;
  UPDATE brex_limiter_buckets q SET pause_until = greatest(q.pause_until, t + pause), cut = p.cut, cut_until = p.cut_until,
    struck_at = p.struck_at, strikes = p.strikes WHERE q.bucket = b;
END $$;
