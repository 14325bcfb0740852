interface Activated {
  readonly active: boolean;
  readonly activatedAt: string | null;
}

/** The version that a roll-back makes active: the one activated last before the active one; null where there is none. */
export function rollbackTarget<Version extends Activated>(versions: readonly Version[]): Version | null {
  const active = versions.find((version) => version.active);
  if (active === undefined) return null;
  const [target] = versions
    .filter((version) => version !== active && version.activatedAt !== null)
    .sort((a, b) => Date.parse(b.activatedAt ?? '') - Date.parse(a.activatedAt ?? ''));
  return target ?? null;
}
