/** What the process was started with; read here and nowhere else. */
export const environment: Readonly<Record<string, string | undefined>> = process.env;
