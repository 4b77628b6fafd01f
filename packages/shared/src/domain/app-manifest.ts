import * as z from 'zod';

/** `spt-flow.json` in a project says how its app is put together, started and checked. */
export const APP_MANIFEST_FILE = 'spt-flow.json';

/** The app listens on the port that the variable `PORT` gives, on loopback. */
export const AppManifestSchema = z.object({
  kind: z.string().max(50),
  /** Shell command that prepares the app after a change, e.g. `go build -o .build/app .` */
  build: z.string().max(2000).nullable().default(null),
  /** Shell command that tests it once it is prepared, e.g. `go test ./...` */
  test: z.string().min(1).max(2000).optional(),
  /** Shell command that runs the app in the foreground. */
  start: z.string().min(1).max(2000),
  /** Must answer below 500 once the app works. */
  probePath: z.string().startsWith('/').max(500).default('/'),
  /** Files and folders (with a slash at the end) that the chat must not change. */
  locked: z.array(z.string().min(1).max(1024)).max(100).optional(),
});
export type AppManifest = z.infer<typeof AppManifestSchema>;
