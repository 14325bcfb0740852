import type { RecoveryScope } from '@asterism/contracts';

export function toScopeText(scope: RecoveryScope): string {
  return scope.kind === 'platform' ? 'the API’s KEK' : `cluster ${scope.name}`;
}
