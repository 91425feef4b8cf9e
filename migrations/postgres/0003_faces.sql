-- Two more faces. Chatwoot: accounts, memberships, agent bots with their pictures, what platform apps may touch, login
-- links, sessions. Klaim: the ledger of credits.
-- The same tables, columns and indexes as migrations/sqlite/0003_faces.sql; see docs/adr/0002.

alter table users add column pubsub_generation bigint not null default 0;

create table accounts (
    id                bigint generated always as identity,
    app               text collate "C" not null references apps (id),
    name              text not null,
    locale            text not null,
    domain            text,
    support_email     text,
    status            text not null,
    features          text not null,
    limits            text not null,
    custom_attributes text not null,
    created_at        bigint not null,
    updated_at        bigint,
    primary key (app, id)
);
create index accounts_app on accounts (app, id);

create table memberships (
    id         bigint generated always as identity,
    app        text collate "C" not null,
    account    bigint not null,
    user_key   bigint not null,
    role       text,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (app, id),
    foreign key (app, account) references accounts (app, id) on delete cascade,
    foreign key (app, user_key) references users (app, id) on delete cascade
);
create unique index memberships_account on memberships (account, app, user_key);
create index memberships_user on memberships (user_key, app, account);

create table agent_bots (
    id           bigint generated always as identity,
    app          text collate "C" not null references apps (id),
    account      bigint,
    name         text,
    description  text,
    outgoing_url text,
    created_at   bigint not null,
    updated_at   bigint,
    primary key (app, id),
    foreign key (app, account) references accounts (app, id) on delete cascade
);
create index agent_bots_app on agent_bots (app, id);
create index agent_bots_account on agent_bots (account, app);

create table agent_bot_pictures (
    app          text collate "C" not null,
    agent_bot    bigint not null,
    content_type text not null,
    picture      bytea not null,
    updated_at   bigint not null,
    primary key (app, agent_bot),
    foreign key (app, agent_bot) references agent_bots (app, id) on delete cascade
);
create index agent_bot_pictures_bot on agent_bot_pictures (agent_bot, app);

-- What platform apps of their own objects may touch. The object is a number of its kind: whoever deletes one deletes
-- its rows here.
create table permissibles (
    app        text collate "C" not null,
    credential bigint not null,
    kind       text collate "C" not null,
    object     bigint not null,
    created_at bigint not null,
    primary key (app, credential, kind, object),
    foreign key (app, credential) references credentials (app, id) on delete cascade
);
create index permissibles_credential on permissibles (credential, app);
create index permissibles_object on permissibles (app, kind, object);

create table login_links (
    app        text collate "C" not null,
    lookup     bytea not null,
    user_key   bigint not null,
    expires_at bigint not null,
    primary key (app, lookup),
    foreign key (app, user_key) references users (app, id) on delete cascade
);
create unique index login_links_lookup on login_links (lookup);
create index login_links_user on login_links (user_key, app);
create index login_links_expiry on login_links (app, expires_at);

create table sessions (
    app        text collate "C" not null,
    lookup     bytea not null,
    user_key   bigint not null,
    client     text not null,
    created_at bigint not null,
    expires_at bigint not null,
    primary key (app, lookup),
    foreign key (app, user_key) references users (app, id) on delete cascade
);
create unique index sessions_lookup on sessions (lookup);
create index sessions_user on sessions (user_key, app, created_at);
create index sessions_expiry on sessions (app, expires_at);

create table credit_changes (
    id          bigint generated always as identity,
    app         text collate "C" not null,
    user_key    bigint not null,
    delta       bigint not null,
    balance     bigint not null,
    description text,
    at          bigint not null,
    primary key (app, id),
    foreign key (app, user_key) references users (app, id) on delete cascade
);
create index credit_changes_user on credit_changes (user_key, app, id desc);
