import type { WorkspaceTemplate } from '@spt-flow/shared/api/workspaces';
import { isOlderVersion } from '@spt-flow/shared/domain/cli-version';
import { plain } from '../core/text.ts';

/** templateNotes says in a line each what somebody should know of the template that a workspace is made of. */
export function templateNotes(
  workspace: { readonly name: string; readonly template: WorkspaceTemplate | null },
  cliVersion: string,
): string[] {
  const { template } = workspace;
  if (!template) return [];
  const [name, of] = [plain(workspace.name), plain(template.name)];
  const { version, activeVersion, minCliVersion } = template;
  const notes: string[] = [];
  if (activeVersion !== null && activeVersion !== version)
    notes.push(
      `Note: '${name}' is made of version ${version} of the template '${of}', and ${activeVersion} is active: spt-flow template update ${of} ${name}`,
    );
  if (minCliVersion !== null && isOlderVersion(cliVersion, minCliVersion))
    notes.push(
      `Warning: the template '${of}' needs spt-flow ${plain(minCliVersion)} or newer, and this is ${cliVersion}`,
    );
  return notes;
}
