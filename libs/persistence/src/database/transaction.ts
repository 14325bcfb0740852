import { canonicalJson, type Json } from '@asterism/bytes';
import type { EventType } from '@asterism/contracts';
import { sql, type Kysely } from 'kysely';
import type { Schema } from '../schema.ts';

/** Reads go here; a transaction's `queries` is one too. */
export type Queries = Kysely<Schema>;

export interface AuditEntry {
  /** Null for what belongs to no cluster. */
  readonly clusterId: string | null;
  /** `token:<id>`, `node:<id>`, `machine:<identity>` or `system`. */
  readonly actor: string;
  /** For example `node.revoked`. */
  readonly action: string;
  /** For example `node:<id>`. */
  readonly target: string;
  /** No secret ever (S29). */
  readonly details: Readonly<Record<string, Json>>;
}

export interface EventEntry {
  readonly type: EventType;
  readonly clusterId: string | null;
  readonly data: Readonly<Record<string, Json>>;
}

/**
 * One unit of work. Audit records and events are collected and written as its last statement, so that the lock of
 * the chain is held from there to the commit and never while something else is done (S30).
 */
export interface Transaction {
  readonly queries: Queries;
  /** One time for the whole transaction. */
  readonly now: Date;
  readonly newId: () => string;
  readonly audits: AuditEntry[];
  readonly occurrences: EventEntry[];
}

export async function writeRecords(tx: Transaction): Promise<void> {
  if (tx.audits.length === 0 && tx.occurrences.length === 0) return;
  const at = tx.now.toISOString();
  const audits = tx.audits.map((entry) => ({ ...entry, at, ...toChainPieces(entry, at) }));
  const occurrences = tx.occurrences.map((entry) => ({ ...entry, at }));
  await sql`select append_records(${JSON.stringify(audits)}::jsonb, ${JSON.stringify(occurrences)}::jsonb)`.execute(
    tx.queries,
  );
}

/**
 * Canonical JSON of an audit record, cut where `previous` and `sequence` go: members sort as action, actor, at,
 * clusterId, details, previous, sequence, target.
 */
function toChainPieces(entry: AuditEntry, at: string): { head: string; tail: string } {
  const { action, actor, clusterId, details, target } = entry;
  const before = canonicalJson({ action, actor, at, clusterId, details });
  return {
    head: `${before.slice(0, -1)},"previous":"`,
    tail: `,"target":${canonicalJson(target)}}`,
  };
}
