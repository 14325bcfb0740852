import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const TABLES = `
-- One row a cluster, made when its access is first read or written.
create table access (
  cluster_id uuid primary key references clusters on delete cascade,
  -- Counts every change that concerns nodes.
  revision bigint not null default 1,
  policy jsonb not null,
  -- Serials of certificates, of users and hosts alike; never given twice.
  next_serial bigint not null default 1,
  updated_at timestamptz(3) not null,
  updated_by text not null
);

create table access_users (
  cluster_id uuid not null references access on delete cascade,
  name text not null,
  document jsonb not null,
  expires_at timestamptz(3),
  -- The end of its time was noticed, and what followed from it was done.
  expired boolean not null default false,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  primary key (cluster_id, name)
);
create index on access_users (expires_at) where not expired;

-- A key is one person's.
create table access_user_keys (
  cluster_id uuid not null,
  fingerprint text not null,
  user_name text not null,
  primary key (cluster_id, fingerprint),
  foreign key (cluster_id, user_name) references access_users on delete cascade
);
create index on access_user_keys (cluster_id, user_name);

create table ssh_authorities (
  cluster_id uuid not null references access on delete cascade,
  kind text not null check (kind in ('user', 'host', 'emergency')),
  version integer not null,
  algorithm text not null check (algorithm in ('ed25519', 'ecdsa-p256')),
  public_key text not null,
  fingerprint text not null,
  created_at timestamptz(3) not null,
  signs_from timestamptz(3) not null,
  -- Null: until the next version takes over.
  trusted_until timestamptz(3),
  revoked_at timestamptz(3),
  revoke_reason text,
  primary key (cluster_id, kind, version)
);

create table ssh_grants (
  id uuid primary key,
  cluster_id uuid not null references access on delete cascade,
  -- Without a reference: a grant outlives the user in the record.
  user_name text not null,
  principal text not null,
  node_id uuid references nodes on delete cascade,
  pools text[] not null,
  public_key text not null,
  fingerprint text not null,
  reason text not null,
  source_addresses text[] not null,
  force_command text,
  seconds integer not null,
  state text not null check (state in ('waiting', 'active', 'denied', 'ended', 'expired')),
  requested_by text not null,
  requester_name text not null,
  -- The token behind a chain of sessions: what a second person is a second of.
  requester_person text not null,
  decided_by text,
  decision_reason text,
  ended_by text,
  end_reason text,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  ended_at timestamptz(3)
);
create index on ssh_grants (cluster_id, id);
create index on ssh_grants (cluster_id, user_name) where state in ('waiting', 'active');
create index on ssh_grants (expires_at) where state in ('waiting', 'active');
create index on ssh_grants (node_id);

create table ssh_certificates (
  cluster_id uuid not null references access on delete cascade,
  serial bigint not null,
  grant_id uuid not null references ssh_grants on delete cascade,
  user_name text not null,
  principals text[] not null,
  key_id text not null,
  fingerprint text not null,
  authority_version integer not null,
  valid_after timestamptz(3) not null,
  valid_before timestamptz(3) not null,
  issued_by text not null,
  revoked_at timestamptz(3),
  revoked_by text,
  revoke_reason text,
  primary key (cluster_id, serial)
);
create index on ssh_certificates (grant_id);
create index on ssh_certificates (cluster_id, valid_before) where revoked_at is not null;

create table ssh_revoked_keys (
  cluster_id uuid not null references access on delete cascade,
  fingerprint text not null,
  reason text not null,
  revoked_by text not null,
  revoked_at timestamptz(3) not null,
  primary key (cluster_id, fingerprint)
);

create table ssh_host_keys (
  cluster_id uuid not null references access on delete cascade,
  node_id uuid not null references nodes on delete cascade,
  fingerprint text not null,
  public_key text not null,
  certificate text not null,
  serial bigint not null,
  authority_version integer not null,
  valid_before timestamptz(3) not null,
  renew_at timestamptz(3) not null,
  issued_at timestamptz(3) not null,
  -- One machine has a key, or it is nobody's proof.
  primary key (cluster_id, fingerprint)
);
create index on ssh_host_keys (node_id);

-- What each node said of its own enforcement last.
create table node_access (
  cluster_id uuid not null references access on delete cascade,
  node_id uuid primary key references nodes on delete cascade,
  revision bigint not null,
  report jsonb not null,
  -- The latest repairs, newest first.
  drift jsonb not null,
  reported_at timestamptz(3) not null
);
create index on node_access (cluster_id);

create table ssh_sessions (
  id uuid primary key,
  cluster_id uuid not null references access on delete cascade,
  node_id uuid not null references nodes on delete cascade,
  account text not null,
  method text not null check (method in ('certificate', 'publickey', 'password', 'other')),
  user_name text,
  grant_id uuid references ssh_grants on delete set null,
  serial numeric(20, 0),
  key_id text,
  fingerprint text,
  emergency boolean not null default false,
  source text not null,
  opened_at timestamptz(3) not null,
  closed_at timestamptz(3),
  close_reason text check (close_reason in ('logout', 'ended', 'lost')),
  recorded_at timestamptz(3) not null,
  check ((closed_at is null) = (close_reason is null))
);
create index on ssh_sessions (cluster_id, recorded_at, id);
create index on ssh_sessions (cluster_id, node_id) where closed_at is null;
create index on ssh_sessions (grant_id);
create index on ssh_sessions (closed_at) where closed_at is not null;
`;

/** SSH access: who is declared, what was granted, what nodes enforce, who is logged in. */
export const sshAccess: Migration = {
  async up(database) {
    await sql.raw(TABLES).execute(database);
  },
};
