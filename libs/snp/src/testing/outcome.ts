import { SnpError, verifyReport, type ReportRequest, type SnpFinding } from '../index.ts';

/** `genuine`, the codes of all findings with what the chain was refused for, or the code of another error. */
export async function outcomeOf(request: ReportRequest): Promise<string | readonly string[]> {
  try {
    await verifyReport(request);
    return 'genuine';
  } catch (error) {
    if (error instanceof SnpError) return error.findings.map(codeOf);
    return (error as { code: string }).code;
  }
}

function codeOf({ code, cause }: SnpFinding): string {
  return code === 'chain-refused' ? `${code}: ${(cause as { code: string }).code}` : code;
}
