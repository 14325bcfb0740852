/** `genuine`, or the code of what was thrown, and of a chain or list the rule that was broken. */
export async function tdxOutcome(verified: Promise<unknown>): Promise<string> {
  try {
    await verified;
    return 'genuine';
  } catch (error) {
    const { code, cause } = error as { readonly code: string; readonly cause?: { readonly code?: string } };
    const isOfCertificates = /^(?:pck-chain|pck-crl|root-crl|collateral-signer)/.test(code);
    return isOfCertificates && cause?.code !== undefined ? `${code}: ${cause.code}` : code;
  }
}
