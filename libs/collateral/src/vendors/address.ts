/** A path below a configured base, with its parameters in order. */
export function at(base: URL, path: string, parameters: Readonly<Record<string, string | number>> = {}): URL {
  const folder = base.pathname.endsWith('/') ? base : new URL(`${base.pathname}/`, base);
  const url = new URL(path, folder);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, String(value));
  return url;
}
