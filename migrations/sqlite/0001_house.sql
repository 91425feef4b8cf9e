-- The house: apps, credentials, roles, users with their tags and tokens, events.
-- The same tables, columns and indexes as migrations/postgres/0001_house.sql; see docs/adr/0002.
-- Numbers that must never be used again are AUTOINCREMENT row ids.

create table installation (
    name  text not null primary key,
    value text not null
) strict, without rowid;

create table apps (
    id         text    not null primary key,
    name       text    not null,
    created_at integer not null
) strict, without rowid;

create table credentials (
    id         integer primary key autoincrement,
    app        text    not null references apps (id),
    kind       text    not null,
    name       text    not null,
    lookup     blob    not null,
    sealed     blob    not null,
    created_by text    not null,
    created_at integer not null,
    updated_at integer
) strict;
create unique index credentials_lookup on credentials (lookup);
create index credentials_app on credentials (app, created_at, id);

create table roles (
    app              text    not null references apps (id),
    role             text    not null,
    name             text    not null,
    description      text,
    metadata         text,
    list_users       text,
    send_messages_to text,
    created_at       integer not null,
    updated_at       integer,
    primary key (app, role)
) strict, without rowid;

create table users (
    id                 integer primary key autoincrement,
    app                text    not null,
    uid                text    not null,
    user_id            text    not null,
    klaim_id           text    not null,
    name               text,
    name_key           text,
    email              text,
    email_key          text,
    avatar             text,
    link               text,
    status_message     text,
    role               text    not null,
    metadata           text,
    tags               text    not null default '[]',
    last_active_at     integer,
    created_at         integer not null,
    updated_at         integer,
    deactivated_at     integer,
    revision           integer not null default 1,
    display_name       text,
    custom_attributes  text,
    message_signature  text,
    ui_settings        text,
    password_hash      text,
    confirmed_at       integer,
    klaim_metadata     text,
    credit_balance     integer not null default 0 check (credit_balance >= 0),
    acquisition_source text    not null default 'api',
    foreign key (app, role) references roles (app, role)
) strict;
create unique index users_uid on users (app, uid);
create unique index users_user_id on users (app, user_id);
create unique index users_klaim_id on users (app, klaim_id);
create unique index users_email on users (app, email_key);
create index users_name on users (app, name_key);
create index users_created on users (app, (created_at / 1000) desc, uid, deactivated_at);
create index users_role on users (app, role, (created_at / 1000) desc, uid, deactivated_at);
create index users_deactivated on users (app, (created_at / 1000) desc, uid) where deactivated_at is not null;

create table user_tags (
    app      text    not null,
    tag      text    not null,
    user_key integer not null references users (id) on delete cascade,
    primary key (app, tag, user_key)
) strict, without rowid;
create index user_tags_user on user_tags (user_key, app);

create table auth_tokens (
    id         integer primary key autoincrement,
    app        text    not null,
    user_key   integer not null references users (id) on delete cascade,
    lookup     blob    not null,
    sealed     blob    not null,
    platform   text,
    user_agent text,
    app_info   text,
    created_at integer not null,
    updated_at integer
) strict;
create unique index auth_tokens_lookup on auth_tokens (app, lookup);
create index auth_tokens_user on auth_tokens (user_key, app, created_at desc, id desc);

-- No autoincrement here: it would cost every change a second row. Numbers rise as long as the newest row stays, so
-- whatever prunes this table must leave that one.
create table events (
    seq     integer primary key,
    app     text    not null,
    at      integer not null,
    kind    text    not null,
    subject text    not null,
    actor   text    not null,
    fields  text    not null
) strict;
