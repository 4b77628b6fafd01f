import { createRouter, createWebHistory, type Router, type RouteRecordRaw } from 'vue-router';
import { useAuthStore } from '../features/auth/auth-store.ts';
import { setTitle } from './title.ts';

declare module 'vue-router' {
  interface RouteMeta {
    isPublic?: boolean;
    title?: string;
  }
}

const projectPages: RouteRecordRaw[] = [
  { path: '', name: 'build', component: () => import('../views/BuildView.vue') },
  { path: 'files', name: 'files', component: () => import('../views/FilesView.vue') },
  { path: 'terminal', name: 'terminal', component: () => import('../views/TerminalView.vue') },
  { path: 'logs', name: 'logs', component: () => import('../views/LogsView.vue') },
  { path: 'checks', name: 'checks', component: () => import('../views/ChecksView.vue') },
  { path: 'history', name: 'history', component: () => import('../views/HistoryView.vue') },
  {
    path: 'settings',
    name: 'project-settings',
    component: () => import('../views/ProjectSettingsView.vue'),
  },
];

const shellPages: RouteRecordRaw[] = [
  {
    path: '',
    name: 'projects',
    component: () => import('../views/ProjectsView.vue'),
    meta: { title: 'Projects' },
  },
  // People type it.
  { path: 'projects', redirect: '/' },
  {
    path: 'new',
    name: 'new',
    component: () => import('../views/NewProjectView.vue'),
    meta: { title: 'New project' },
  },
  {
    path: 'new/workspace',
    name: 'new-workspace',
    component: () => import('../views/NewWorkspaceView.vue'),
    meta: { title: 'New workspace' },
  },
  { path: 'p/:slug', component: () => import('../views/ProjectView.vue'), children: projectPages },
  {
    path: 'workspaces',
    name: 'workspaces',
    component: () => import('../views/WorkspacesView.vue'),
    meta: { title: 'Workspaces' },
  },
  {
    path: 'workspaces/:name',
    name: 'workspace',
    component: () => import('../views/WorkspaceView.vue'),
  },
  {
    path: 'templates',
    name: 'templates',
    component: () => import('../views/TemplatesView.vue'),
    meta: { title: 'Templates' },
  },
  {
    path: 'templates/:name',
    name: 'template',
    component: () => import('../views/TemplateView.vue'),
  },
  {
    path: 'servers',
    name: 'servers',
    component: () => import('../views/ServersView.vue'),
    meta: { title: 'Servers' },
  },
  {
    path: 'access',
    name: 'access',
    component: () => import('../views/AccessView.vue'),
    meta: { title: 'Access' },
  },
  {
    path: 'audit',
    name: 'audit',
    component: () => import('../views/AuditView.vue'),
    meta: { title: 'Audit log' },
  },
  {
    path: 'logs',
    name: 'log-search',
    component: () => import('../views/LogSearchView.vue'),
    meta: { title: 'Logs' },
  },
  {
    path: 'settings',
    name: 'settings',
    component: () => import('../views/SettingsView.vue'),
    meta: { title: 'Settings' },
  },
  {
    path: 'costs',
    name: 'costs',
    component: () => import('../views/CostsView.vue'),
    meta: { title: 'Cost on AWS' },
  },
  {
    path: 'health',
    name: 'health',
    component: () => import('../views/HealthView.vue'),
    meta: { title: 'Health' },
  },
  {
    path: ':path(.*)*',
    name: 'not-found',
    component: () => import('../views/NotFoundView.vue'),
    meta: { title: 'Not found' },
  },
];

const routes: RouteRecordRaw[] = [
  {
    path: '/setup/:token',
    name: 'setup',
    component: () => import('../views/SetupView.vue'),
    meta: { isPublic: true, title: 'Set up' },
  },
  {
    path: '/invite/:token',
    name: 'invite',
    component: () => import('../views/InviteView.vue'),
    meta: { isPublic: true, title: 'Invitation' },
  },
  {
    path: '/login',
    name: 'login',
    component: () => import('../views/LoginView.vue'),
    meta: { isPublic: true, title: 'Sign in' },
  },
  {
    path: '/sign-up',
    name: 'sign-up',
    component: () => import('../views/SignUpView.vue'),
    meta: { isPublic: true, title: 'Create an account' },
  },
  {
    path: '/device',
    name: 'device',
    component: () => import('../views/DeviceView.vue'),
    meta: { title: 'Approve a sign-in' },
  },
  {
    path: '/servers/join',
    name: 'server-join',
    component: () => import('../views/ServerJoinView.vue'),
    meta: { title: 'Let a server join' },
  },
  { path: '/', component: () => import('./AppShell.vue'), children: shellPages },
];

export function createAppRouter(): Router {
  const router = createRouter({
    history: createWebHistory(),
    routes,
    scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  });
  router.beforeEach(async (to) => {
    if (to.meta.isPublic) return true;
    const auth = useAuthStore();
    // Unreachable is not signed out: the shell opens and says what is wrong.
    if (auth.me === undefined) await auth.load().catch(() => undefined);
    return auth.me === null ? { name: 'login', query: { next: to.fullPath } } : true;
  });
  router.afterEach((to) => {
    if (to.meta.title !== undefined) setTitle(to.meta.title);
  });
  return router;
}
