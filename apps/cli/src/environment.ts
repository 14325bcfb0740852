/** The one place where the command line reads its environment. */
export interface Environment {
  /** Address of an API, CA file and token file: ASTERISM_API, ASTERISM_CA, ASTERISM_TOKEN_FILE. */
  readonly api: string | undefined;
  readonly ca: string | undefined;
  readonly tokenFile: string | undefined;
  /** NO_COLOR (no-color.org): set and not empty. */
  readonly noColour: boolean;
  /** Passed on to processes that the command line starts. */
  readonly all: Readonly<NodeJS.ProcessEnv>;
}

export function readEnvironment(): Environment {
  const all = process.env;
  return {
    api: all['ASTERISM_API'] || undefined,
    ca: all['ASTERISM_CA'] || undefined,
    tokenFile: all['ASTERISM_TOKEN_FILE'] || undefined,
    noColour: (all['NO_COLOR'] ?? '') !== '',
    all,
  };
}
