import type { ColumnType } from 'kysely';

/** Stored as `jsonb`; written as JSON text, because node-postgres would take a list for a PostgreSQL array. */
export type Json<Value> = ColumnType<Value, string, string>;
export type NullableJson<Value> = ColumnType<Value | null, string | null | undefined, string | null>;
