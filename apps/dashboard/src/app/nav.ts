/** The places of the product that everybody reaches from everywhere. */
export const NAV = [
  { label: 'Projects', icon: 'i-lucide-layout-grid', to: '/' },
  { label: 'Workspaces', icon: 'i-lucide-boxes', to: '/workspaces' },
  { label: 'Templates', icon: 'i-lucide-layout-template', to: '/templates' },
  { label: 'Servers', icon: 'i-lucide-server', to: '/servers' },
  { label: 'Access', icon: 'i-lucide-users', to: '/access' },
  { label: 'Logs', icon: 'i-lucide-scroll-text', to: '/logs' },
  { label: 'Health', icon: 'i-lucide-activity', to: '/health' },
] as const;
