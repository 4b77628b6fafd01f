export { MCP_PATH, registerMcpRoutes } from './mcp-routes.ts';
