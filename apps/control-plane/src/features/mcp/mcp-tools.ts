import { changeSetRoutes } from '@spt-flow/shared/api/change-sets';
import { logRoutes } from '@spt-flow/shared/api/logs';
import { pipelineRoutes } from '@spt-flow/shared/api/pipelines';
import { portRoutes } from '@spt-flow/shared/api/ports';
import type { RouteContract } from '@spt-flow/shared/api/route';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import * as z from 'zod';

/** McpTool is a route of the API under a name for models. */
export interface McpTool {
  readonly name: string;
  readonly description: string;
  readonly contract: RouteContract;
  readonly inputSchema: { readonly type: 'object'; readonly [key: string]: unknown };
}

export const MCP_TOOLS: readonly McpTool[] = [
  tool('list_workspaces', workspaceRoutes.list, 'List the workspaces with their state'),
  tool(
    'start_workspace',
    workspaceRoutes.start,
    'Start a workspace; it is ready when its actualState is "running"',
  ),
  tool('stop_workspace', workspaceRoutes.stop, 'Stop a workspace; its files are kept'),
  tool(
    'exec',
    workspaceRoutes.exec,
    'Run a shell command in a workspace and wait for its end. To change files use apply_change_set',
  ),
  tool('read_file', workspaceRoutes.file, 'Read one text file of a workspace'),
  tool(
    'apply_change_set',
    changeSetRoutes.apply,
    'Write and delete files, or apply a unified diff, as one transaction: checked, the app restarted and probed, everything undone when that fails',
  ),
  tool(
    'preview_change_set',
    changeSetRoutes.preview,
    'Say what edits or a unified diff would change in a workspace, without changing anything',
  ),
  tool(
    'list_ports',
    portRoutes.list,
    'List the TCP ports that a workspace listens on, with the address of each and who may open it',
  ),
  tool(
    'read_logs',
    logRoutes.list,
    'Read log lines of a workspace: app, build, agent and start-up',
  ),
  tool(
    'run_build',
    pipelineRoutes.run,
    'Build the newest commit of a project as its pipeline file says: check, build, test, deploy. It goes on after the answer',
  ),
  tool('list_builds', pipelineRoutes.list, 'List the builds of a project with their jobs'),
  tool('read_build_log', pipelineRoutes.log, 'Read what the jobs of a build printed'),
  tool('cancel_build', pipelineRoutes.cancel, 'End a build that waits or runs'),
];

function tool(name: string, contract: RouteContract, description: string): McpTool {
  return { name, description, contract, inputSchema: jsonSchema(contract) };
}

/** Path parameters, query and body of a route have different names, so a tool takes them together. */
function jsonSchema(contract: RouteContract): McpTool['inputSchema'] {
  const shape = {
    ...shapeOf(contract.params),
    ...shapeOf(contract.query),
    ...shapeOf(contract.body),
  };
  const { $schema: _dialect, ...schema } = z.toJSONSchema(z.object(shape), { io: 'input' });
  return { ...schema, type: 'object' };
}

export function shapeOf(schema: z.ZodType | undefined): z.ZodRawShape {
  return schema instanceof z.ZodObject ? schema.shape : {};
}
