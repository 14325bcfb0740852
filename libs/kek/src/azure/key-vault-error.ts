import { KekError } from '@asterism/keys';
import { serviceError } from '../service-error.ts';
import { azureFault, azureRetryAfter } from './azure-client.ts';

/** Key Vault's REST reference, "Error response": 403 with inner code `KeyDisabled`, 400 `BadParameter` for what does not open. */
export function toKekError(error: unknown): KekError {
  if (error instanceof KekError) return error;
  const { statusCode, code, name, details } = error as {
    statusCode?: number;
    code?: string;
    name?: string;
    details?: { error?: { innerError?: { code?: string } } };
  };
  const isDisabled = details?.error?.innerError?.code === 'KeyDisabled' || statusCode === 409;
  const fault = azureFault(error);
  // Entra says 400, too, to whom it does not know.
  const isWrong = statusCode === 400 && fault === undefined;
  return serviceError(`Azure: ${code ?? name ?? 'no answer'}`, {
    code: isDisabled ? 'kek-disabled' : isWrong ? 'kek-ciphertext-wrong' : undefined,
    fault: fault ?? 'invalid',
    retryAfter: azureRetryAfter(error),
  });
}
