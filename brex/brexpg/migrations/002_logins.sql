-- A version is never used twice, also when a login is deleted and saved again.
CREATE SEQUENCE brex_logins_version;
CREATE TABLE brex_logins (
  name       text PRIMARY KEY,
  version    bigint NOT NULL DEFAULT nextval('brex_logins_version'),
  login      bytea NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now()
);
