import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { APPEND_RECORDS, FORBID_CHANGE, NODE_STATE_ARROWS } from './0001-functions.ts';

const TABLES = `
create table clusters (
  id uuid primary key,
  name text not null unique,
  description text not null,
  kubernetes_mode text not null check (kubernetes_mode in ('none')),
  measured_id text not null unique check (measured_id ~ '^[0-9a-f]{64}$'),
  state text not null check (state in ('created', 'initialising', 'ready')),
  initialiser_id uuid,
  wrapped_root bytea not null,
  salt bytea not null,
  measurement_salt bytea not null,
  revision integer not null default 1,
  created_at timestamptz(3) not null
);

create table pools (
  id uuid primary key,
  cluster_id uuid not null references clusters on delete cascade,
  name text not null,
  description text not null,
  role text not null check (role in ('control-plane', 'worker')),
  variant text not null,
  active_policy_version integer,
  revision integer not null default 1,
  created_at timestamptz(3) not null,
  unique (cluster_id, name)
);

create table policies (
  cluster_id uuid not null references clusters on delete cascade,
  pool_id uuid not null references pools on delete cascade,
  version integer not null check (version >= 1),
  document jsonb not null,
  comment text not null,
  created_by text not null,
  created_at timestamptz(3) not null,
  activated_at timestamptz(3),
  primary key (pool_id, version)
);
alter table pools add foreign key (id, active_policy_version) references policies (pool_id, version)
  deferrable initially deferred;

create table machines (
  identity text primary key check (identity ~ '^[0-9a-f]{64}$'),
  cluster_id uuid not null references clusters on delete cascade,
  pool_id uuid not null references pools on delete cascade,
  variant text not null,
  ek_public bytea not null,
  created_at timestamptz(3) not null
);
create index on machines (cluster_id);

create table attestation_keys (
  cluster_id uuid not null references clusters on delete cascade,
  identity text not null,
  ak_name text not null,
  activated_at timestamptz(3) not null,
  primary key (cluster_id, identity, ak_name)
);

create table nodes (
  id uuid primary key,
  cluster_id uuid not null references clusters on delete cascade,
  pool_id uuid not null references pools on delete cascade,
  identity text not null unique references machines on delete cascade,
  name text not null,
  state text not null check
    (state in ('attesting', 'locked', 'disk-open', 'member', 'lost', 'quarantined', 'revoked')),
  state_reason text,
  boots integer not null default 0,
  agent_version text,
  disk_id text,
  last_appraisal_id uuid,
  next_appraisal_at timestamptz(3),
  revision integer not null default 1,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  unique (cluster_id, name)
);
create index on nodes (cluster_id, id);
create index on nodes (pool_id, id);
create index on nodes (next_appraisal_at) where next_appraisal_at is not null;

create table enrolments (
  id uuid primary key,
  cluster_id uuid not null references clusters on delete cascade,
  pool_id uuid not null references pools on delete cascade,
  identity text not null,
  kind text check (kind in ('initialise', 'join', 'rejoin')),
  state text not null check (state in ('waiting', 'granted', 'completed', 'denied', 'refused')),
  wait_reason text check (wait_reason in ('approval', 'initialisation')),
  node_id uuid,
  appraisal_id uuid,
  approved_at timestamptz(3),
  decided_by text,
  decision_reason text,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index on enrolments (cluster_id, id);
create index on enrolments (node_id) where node_id is not null;
create unique index enrolments_open on enrolments (identity) where state in ('waiting', 'granted');
create unique index enrolments_refused on enrolments (cluster_id, pool_id, identity) where state = 'refused';
create index enrolments_denied on enrolments (cluster_id, identity) where state = 'denied';

create table state_disks (
  cluster_id uuid not null references clusters on delete cascade,
  disk_id text not null,
  identity text not null references machines on delete cascade,
  key_version integer not null default 1,
  created_at timestamptz(3) not null,
  opened_at timestamptz(3),
  primary key (cluster_id, disk_id)
);
create index on state_disks (identity);

create table boots (
  cluster_id uuid not null references clusters on delete cascade,
  node_id uuid not null references nodes on delete cascade,
  boot text not null,
  granted_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  locked_at timestamptz(3),
  progress text not null default 'granted' check (progress in ('granted', 'locked', 'disk-open', 'member')),
  ticket jsonb not null,
  primary key (node_id, boot)
);

-- Unlogged: no fsync for what lives seconds. After a crash of the database they are empty, which refuses (S02).
create unlogged table nonces (
  nonce_hash bytea primary key,
  connection_id text not null,
  purpose text not null,
  expires_at timestamptz(3) not null,
  activation_hash bytea
);
create index on nonces (expires_at);

create table appraisals (
  id uuid primary key,
  cluster_id uuid not null,
  pool_id uuid not null,
  node_id uuid,
  identity text not null,
  trigger text not null,
  policy_version integer not null,
  outcome text not null check (outcome in ('accepted', 'refused', 'undecided')),
  status text not null,
  result jsonb not null,
  appraised_at timestamptz(3) not null
);
create index on appraisals (cluster_id, node_id, id);

create table evidence (
  identity text primary key,
  cluster_id uuid not null references clusters on delete cascade,
  evidence jsonb not null,
  claims jsonb not null,
  binding text not null,
  trigger text not null,
  received_at timestamptz(3) not null
);

create table keys (
  cluster_id uuid not null references clusters on delete cascade,
  purpose text not null,
  id text not null,
  version integer not null,
  owner text not null,
  state text not null check (state in ('active', 'retired', 'destroyed')),
  use_count integer not null default 0,
  created_at timestamptz(3) not null,
  last_used_at timestamptz(3),
  primary key (cluster_id, purpose, id, version)
);

create table tokens (
  id uuid primary key,
  name text not null,
  kind text not null check (kind in ('token', 'session')),
  secret_hash bytea not null unique check (length(secret_hash) = 32),
  bindings jsonb not null,
  created_by text not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  last_used_at timestamptz(3),
  revoked_at timestamptz(3)
);

create table sign_in_codes (
  code_hash bytea primary key check (length(code_hash) = 32),
  name text not null,
  bindings jsonb not null,
  created_by text not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  session_expires_at timestamptz(3) not null
);

create table audit (
  sequence bigint primary key,
  at timestamptz(3) not null,
  cluster_id uuid,
  actor text not null,
  action text not null,
  target text not null,
  details jsonb not null,
  previous text not null,
  hash text not null unique
);
create index on audit (cluster_id, sequence);

create table audit_heads (
  sequence bigint primary key,
  hash text not null,
  signature text not null,
  signed_at timestamptz(3) not null
);

create table events (
  id bigint generated always as identity primary key,
  type text not null,
  cluster_id uuid,
  at timestamptz(3) not null,
  data jsonb not null
);
create index on events (cluster_id, id);
create index on events (at);

create unlogged table evidence_requests (
  id uuid primary key,
  cluster_id uuid not null,
  node_id uuid not null,
  purpose text not null check (purpose in ('reattestation', 'verification')),
  trigger text not null,
  nonce text not null,
  activation jsonb,
  state text not null check (state in ('pending', 'sent', 'answered', 'failed')),
  requested_by text not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  answer jsonb,
  appraisal_id uuid,
  appraisal jsonb,
  policy_version integer,
  failure text
);
create index on evidence_requests (node_id) where state in ('pending', 'sent');
create index on evidence_requests (expires_at);

create unlogged table connections (
  node_id uuid primary key,
  cluster_id uuid not null,
  connection_id text not null,
  replica_id uuid not null,
  connection jsonb not null
);
create index on connections (replica_id);

create unlogged table replicas (
  id uuid primary key,
  started_at timestamptz(3) not null,
  seen_at timestamptz(3) not null
);

create table idempotency_keys (
  principal text not null,
  key text not null,
  request_hash bytea not null,
  status integer,
  response jsonb,
  created_at timestamptz(3) not null,
  primary key (principal, key)
);
create index on idempotency_keys (created_at);

create table settings (
  name text primary key,
  value bytea not null,
  updated_at timestamptz(3) not null
);
`;

export const firstRooms: Migration = {
  async up(database) {
    for (const part of [TABLES, FORBID_CHANGE, NODE_STATE_ARROWS, APPEND_RECORDS]) {
      await sql.raw(part).execute(database);
    }
  },
};
