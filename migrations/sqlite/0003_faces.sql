-- Two more faces. Chatwoot: accounts, memberships, agent bots with their pictures, what platform apps may touch, login
-- links, sessions. Klaim: the ledger of credits.
-- The same tables, columns and indexes as migrations/postgres/0003_faces.sql; see docs/adr/0002.

alter table users add column pubsub_generation integer not null default 0;

create table accounts (
    id                integer primary key autoincrement,
    app               text    not null references apps (id),
    name              text    not null,
    locale            text    not null,
    domain            text,
    support_email     text,
    status            text    not null,
    features          text    not null,
    limits            text    not null,
    custom_attributes text    not null,
    created_at        integer not null,
    updated_at        integer
) strict;
create index accounts_app on accounts (app, id);

create table memberships (
    id         integer primary key autoincrement,
    app        text    not null,
    account    integer not null references accounts (id) on delete cascade,
    user_key   integer not null references users (id) on delete cascade,
    role       text,
    created_at integer not null,
    updated_at integer not null
) strict;
create unique index memberships_account on memberships (account, app, user_key);
create index memberships_user on memberships (user_key, app, account);

create table agent_bots (
    id           integer primary key autoincrement,
    app          text    not null references apps (id),
    account      integer references accounts (id) on delete cascade,
    name         text,
    description  text,
    outgoing_url text,
    created_at   integer not null,
    updated_at   integer
) strict;
create index agent_bots_app on agent_bots (app, id);
create index agent_bots_account on agent_bots (account, app);

create table agent_bot_pictures (
    app          text    not null,
    agent_bot    integer not null references agent_bots (id) on delete cascade,
    content_type text    not null,
    picture      blob    not null,
    updated_at   integer not null,
    primary key (app, agent_bot)
) strict;
create index agent_bot_pictures_bot on agent_bot_pictures (agent_bot, app);

-- What platform apps of their own objects may touch. The object is a number of its kind: whoever deletes one deletes
-- its rows here.
create table permissibles (
    app        text    not null,
    credential integer not null references credentials (id) on delete cascade,
    kind       text    not null,
    object     integer not null,
    created_at integer not null,
    primary key (app, credential, kind, object)
) strict, without rowid;
create index permissibles_credential on permissibles (credential, app);
create index permissibles_object on permissibles (app, kind, object);

create table login_links (
    app        text    not null,
    lookup     blob    not null,
    user_key   integer not null references users (id) on delete cascade,
    expires_at integer not null,
    primary key (app, lookup)
) strict, without rowid;
create unique index login_links_lookup on login_links (lookup);
create index login_links_user on login_links (user_key, app);
create index login_links_expiry on login_links (app, expires_at);

create table sessions (
    app        text    not null,
    lookup     blob    not null,
    user_key   integer not null references users (id) on delete cascade,
    client     text    not null,
    created_at integer not null,
    expires_at integer not null,
    primary key (app, lookup)
) strict, without rowid;
create unique index sessions_lookup on sessions (lookup);
create index sessions_user on sessions (user_key, app, created_at);
create index sessions_expiry on sessions (app, expires_at);

create table credit_changes (
    id          integer primary key autoincrement,
    app         text    not null,
    user_key    integer not null references users (id) on delete cascade,
    delta       integer not null,
    balance     integer not null,
    description text,
    at          integer not null
) strict;
create index credit_changes_user on credit_changes (user_key, app, id desc);
