'use strict';
// Makes a spec of N routes as a large API has them: versions of services, in these
// collections with items, sub-resources, actions and files. The same N gives the same text.
//
//   node make_spec.js N > spec.yaml

const SERVICES = ['accounts', 'analytics', 'billing', 'catalog', 'compliance', 'contracts',
  'crm', 'delivery', 'devices', 'directory', 'documents', 'events', 'finance', 'fleet',
  'fulfilment', 'identity', 'inventory', 'knowledge', 'learning', 'logistics', 'marketing',
  'media', 'messaging', 'metering', 'notifications', 'orders', 'payments', 'payroll',
  'planning', 'procurement', 'projects', 'recruiting', 'reporting', 'scheduling', 'search',
  'security', 'shipping', 'support', 'telemetry', 'workflows'];
const RESOURCES = ['addresses', 'agents', 'alerts', 'approvals', 'articles', 'assets',
  'attachments', 'audits', 'batches', 'bookings', 'branches', 'budgets', 'campaigns', 'cards',
  'carriers', 'categories', 'channels', 'claims', 'clients', 'comments', 'companies',
  'contacts', 'coupons', 'customers', 'dashboards', 'deposits', 'discounts', 'disputes',
  'employees', 'entries', 'envelopes', 'exports', 'feeds', 'folders', 'forms', 'groups',
  'holds', 'imports', 'invoices', 'items', 'jobs', 'keys', 'labels', 'leads', 'ledgers',
  'licenses', 'locations', 'members', 'merchants', 'metrics', 'milestones', 'notes', 'offers',
  'packages', 'partners', 'permissions', 'pipelines', 'plans', 'policies', 'prices', 'products',
  'profiles', 'quotas', 'quotes', 'receipts', 'refunds', 'regions', 'releases', 'reports',
  'requests', 'reviews', 'roles', 'rules', 'schedules', 'segments', 'sessions', 'shifts',
  'sites', 'snapshots', 'stages', 'statements', 'stores', 'subscriptions', 'suppliers', 'tags',
  'tasks', 'taxes', 'teams', 'templates', 'terminals', 'tickets', 'tokens', 'transfers',
  'users', 'vehicles', 'vendors', 'versions', 'views', 'vouchers', 'warehouses', 'webhooks',
  'zones'];
const PARTS = ['lines', 'history', 'notes', 'members', 'permissions', 'documents', 'events',
  'owners', 'versions', 'translations', 'totals', 'status'];
const ACTIONS = ['archive', 'restore', 'approve', 'cancel', 'clone', 'publish', 'send', 'merge',
  'lock', 'validate'];
const KEYS = ['{id:int}', '{id}', '{id:guid}', '{id}', '{slug}', '{id:int:min(1)}',
  '{code:length(8)}', '{id:long}', '{name}'];
const ROUTES_PER_RESOURCE = 6;
const RESOURCES_PER_SERVICE = 25;

// One of a list, by two numbers that vary from resource to resource.
const choose = (list, a, b = 0) => list[(a * 7 + b * 3 + (a >> 3)) % list.length];

// The routes of one collection: five that each has, then two or three of its own.
function* resourceRoutes(base, name, n) {
  const all = `${base}/${name}`;
  const one = `${all}/${choose(KEYS, n)}`;
  yield ['GET', all, '[{ id: 1 }, { id: 2 }]'];
  yield ['POST', all, '{ id: 3 }'];
  yield ['GET', one, `{ id: 1, kind: ${name} }`];
  yield [n % 3 === 0 ? 'PATCH' : 'PUT', one, '{ id: 1, changed: true }'];
  yield ['DELETE', one, '{ id: 1, deleted: true }'];
  if (n % 2 === 0) yield ['GET', `${one}/${choose(PARTS, n)}/{part}`, '{ id: 1, part: a }'];
  else yield ['POST', `${one}/${choose(ACTIONS, n)}`, '{ id: 1, accepted: true }'];
  if (n % 8 === 1) yield ['GET', `${all}/pages/{page:int?}`, '{ page: 1, of: 7 }'];
  if (n % 8 === 3) yield ['GET', `${one}/files/{*path}`, '{ files: [] }'];
  if (n % 8 === 5) yield ['GET', `${one}/${choose(PARTS, n, 1)}`, '[{ id: 1 }]'];
  if (n % 8 === 7) yield ['GET', `${all}/search`, '{ hits: 0 }'];
}

// Half of the services stand under their own name, half under a gateway's.
const baseOf = (service, version, n) => (
  n % 2 === 0 ? `/api/v${version}/${service}` : `/${service}/v${version}`);

function* routes(count) {
  const resources = Math.ceil(count / ROUTES_PER_RESOURCE);
  const bases = Math.max(2, Math.ceil(resources / RESOURCES_PER_SERVICE));
  const services = Math.min(SERVICES.length, Math.max(2, Math.ceil(bases / 2)));
  for (let n = 0; ; n += 1) {
    const base = n % bases;
    const number = Math.floor(n / bases);
    const service = base % services;
    const version = 1 + Math.floor(base / services);
    const name = RESOURCES[(number + service * 11) % RESOURCES.length];
    yield* resourceRoutes(baseOf(SERVICES[service], version, service), name, n);
  }
}

function makeSpec(count) {
  const lines = ['krgen: 1', `name: api${count}`, `pipe: krgen.api${count}`, 'routes:'];
  for (const [method, template, json] of routes(count)) {
    if (lines.length === 4 + count) break;
    lines.push(`  "${method} ${template}": { json: ${json} }`);
  }
  return `${lines.join('\n')}\n`;
}

if (require.main === module) {
  const count = Number(process.argv[2]);
  if (!Number.isInteger(count) || count < 1) {
    console.error('usage: node make_spec.js N > spec.yaml');
    process.exit(2);
  }
  process.stdout.write(makeSpec(count));
}

module.exports = { makeSpec };
