-- Rollcall's schema on Citus 12 or later, distributed by app. Run it once on the coordinator of an empty database, after the
-- migrations: `rollcall app create` on a database that has none runs them and makes an app, which moves with its rows.
-- crates/store/tests/schema/citus.rs holds this file against the migrated schema. It was never run on Citus itself:
-- see docs/operating/scale-out.md.

-- 1. Uniqueness across apps. A unique index of a distributed table must hold the distribution column. What these three
-- keep unique is a keyed hash of 256 bits of a random secret; the rows of one app stay unique by (app, lookup).
drop index credentials_lookup;
create index credentials_lookup on credentials (lookup);
create unique index credentials_app_lookup on credentials (app, lookup);
drop index login_links_lookup;
create index login_links_lookup on login_links (lookup);
drop index sessions_lookup;
create index sessions_lookup on sessions (lookup);

-- 2. What belongs to no app: small, read on every node, written seldom (in two phases, on all nodes).
-- installation: the epoch of withdrawn credentials, which every process reads ten times a second.
select create_reference_table('installation');
-- schema_migrations: read once, by each process that starts.
select create_reference_table('schema_migrations');

-- 3. What belongs to an app, all of it on the app's node. A table comes after those that it refers to.
select create_distributed_table('apps', 'id', colocate_with => 'none');
select create_distributed_table('credentials', 'app', colocate_with => 'apps');
select create_distributed_table('roles', 'app', colocate_with => 'apps');
select create_distributed_table('users', 'app', colocate_with => 'apps');
select create_distributed_table('user_counts', 'app', colocate_with => 'apps');
select create_distributed_table('user_tags', 'app', colocate_with => 'apps');
select create_distributed_table('auth_tokens', 'app', colocate_with => 'apps');
select create_distributed_table('events', 'app', colocate_with => 'apps');
select create_distributed_table('friends', 'app', colocate_with => 'apps');
select create_distributed_table('blocks', 'app', colocate_with => 'apps');
select create_distributed_table('restricted_features', 'app', colocate_with => 'apps');
select create_distributed_table('permissions', 'app', colocate_with => 'apps');
select create_distributed_table('activity_days', 'app', colocate_with => 'apps');
select create_distributed_table('accounts', 'app', colocate_with => 'apps');
select create_distributed_table('memberships', 'app', colocate_with => 'apps');
select create_distributed_table('agent_bots', 'app', colocate_with => 'apps');
select create_distributed_table('agent_bot_pictures', 'app', colocate_with => 'apps');
select create_distributed_table('permissibles', 'app', colocate_with => 'apps');
select create_distributed_table('login_links', 'app', colocate_with => 'apps');
select create_distributed_table('sessions', 'app', colocate_with => 'apps');
select create_distributed_table('credit_changes', 'app', colocate_with => 'apps');
