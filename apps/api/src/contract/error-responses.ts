import { ERROR_CODES, type ErrorCode } from '@asterism/contracts';
import type { DeclaredOperation } from './declared.ts';

const ALWAYS: readonly ErrorCode[] = ['request-invalid', 'rate-limited', 'internal'];
const SIGNED_IN: readonly ErrorCode[] = [
  'credentials-missing',
  'credentials-invalid',
  'credentials-expired',
  'database-unavailable',
  'shutting-down',
];
const BY_ACCESS: Readonly<Record<DeclaredOperation['access']['kind'], readonly ErrorCode[]>> = {
  permission: [...SIGNED_IN, 'permission-denied'],
  'sign-in-code': SIGNED_IN,
  public: [],
  connection: ['overloaded', 'database-unavailable', 'shutting-down'],
  attested: [
    'attestation-required',
    'attestation-expired',
    'overloaded',
    'database-unavailable',
    'shutting-down',
  ],
  member: [
    'attestation-required',
    'attestation-expired',
    'node-quarantined',
    'node-revoked',
    'overloaded',
    'database-unavailable',
    'shutting-down',
  ],
};
const BODY: readonly ErrorCode[] = ['body-too-large', 'body-too-deep', 'media-type-unsupported'];

/** Every code an operation can answer: those of its kind and those it declares. */
export function errorCodesOf({ options, access }: DeclaredOperation): ErrorCode[] {
  const codes = new Set<ErrorCode>([
    ...ALWAYS,
    ...BY_ACCESS[access.kind],
    ...(options.errors ?? []),
    ...Object.values(options.fieldErrors ?? {}),
  ]);
  if (options.body !== undefined) for (const code of BODY) codes.add(code);
  if (options.route.includes('{cluster}')) codes.add('cluster-unknown');
  if (options.query !== undefined && 'cursor' in options.query.shape) codes.add('cursor-invalid');
  if (options.ifMatch === true) codes.add('precondition-missing').add('precondition-failed');
  if (options.idempotent !== undefined)
    codes.add('idempotency-key-invalid').add('idempotency-key-reused').add('overloaded');
  return [...codes].sort();
}

/** Codes by the status they are answered with. */
export function byStatus(codes: readonly ErrorCode[]): Map<number, ErrorCode[]> {
  const statuses = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const status = ERROR_CODES[code];
    statuses.set(status, [...(statuses.get(status) ?? []), code]);
  }
  return new Map([...statuses].sort(([a], [b]) => a - b));
}
