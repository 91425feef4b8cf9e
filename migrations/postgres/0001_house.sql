-- The house: apps, credentials, roles, users with their tags and tokens, events.
-- The same tables, columns and indexes as migrations/sqlite/0001_house.sql; see docs/adr/0002.
-- Numbers that must never be used again come from identity sequences. The app leads every key.

create table installation (
    name  text collate "C" not null primary key,
    value text collate "C" not null
);

create table apps (
    id         text collate "C" not null primary key,
    name       text   not null,
    created_at bigint not null
);

create table credentials (
    id         bigint generated always as identity,
    app        text collate "C" not null references apps (id),
    kind       text   not null,
    name       text   not null,
    lookup     bytea  not null,
    sealed     bytea  not null,
    created_by text   not null,
    created_at bigint not null,
    updated_at bigint,
    primary key (app, id)
);
create unique index credentials_lookup on credentials (lookup);
create index credentials_app on credentials (app, created_at, id);

create table roles (
    app              text collate "C" not null references apps (id),
    role             text collate "C" not null,
    name             text   not null,
    description      text,
    metadata         text,
    list_users       text,
    send_messages_to text,
    created_at       bigint not null,
    updated_at       bigint,
    primary key (app, role)
);

-- Room on each page, so that an update that touches no indexed column stays on it.
create table users (
    id                 bigint generated always as identity,
    app                text collate "C" not null,
    uid                text collate "C" not null,
    user_id            text collate "C" not null,
    klaim_id           text collate "C" not null,
    name               text,
    name_key           text collate "C",
    email              text,
    email_key          text collate "C",
    avatar             text,
    link               text,
    status_message     text,
    role               text collate "C" not null,
    metadata           text,
    tags               text   not null default '[]',
    last_active_at     bigint,
    created_at         bigint not null,
    updated_at         bigint,
    deactivated_at     bigint,
    revision           bigint not null default 1,
    display_name       text,
    custom_attributes  text,
    message_signature  text,
    ui_settings        text,
    password_hash      text,
    confirmed_at       bigint,
    klaim_metadata     text,
    credit_balance     bigint not null default 0 check (credit_balance >= 0),
    acquisition_source text   not null default 'api',
    primary key (app, id),
    foreign key (app, role) references roles (app, role)
) with (fillfactor = 80);
create unique index users_uid on users (app, uid);
create unique index users_user_id on users (app, user_id);
create unique index users_klaim_id on users (app, klaim_id);
create unique index users_email on users (app, email_key);
create index users_name on users (app, name_key);
create index users_created on users (app, (created_at / 1000) desc, uid, deactivated_at);
create index users_role on users (app, role, (created_at / 1000) desc, uid, deactivated_at);
create index users_deactivated on users (app, (created_at / 1000) desc, uid) where deactivated_at is not null;

create table user_tags (
    app      text collate "C" not null,
    tag      text collate "C" not null,
    user_key bigint not null,
    primary key (app, tag, user_key),
    foreign key (app, user_key) references users (app, id) on delete cascade
);
create index user_tags_user on user_tags (user_key, app);

create table auth_tokens (
    id         bigint generated always as identity,
    app        text collate "C" not null,
    user_key   bigint not null,
    lookup     bytea  not null,
    sealed     bytea  not null,
    platform   text,
    user_agent text,
    app_info   text,
    created_at bigint not null,
    updated_at bigint,
    primary key (app, id),
    foreign key (app, user_key) references users (app, id) on delete cascade
);
create unique index auth_tokens_lookup on auth_tokens (app, lookup);
create index auth_tokens_user on auth_tokens (user_key, app, created_at desc, id desc);

create table events (
    seq     bigint generated always as identity,
    app     text collate "C" not null,
    at      bigint not null,
    kind    text   not null,
    subject text   not null,
    actor   text   not null,
    fields  text   not null,
    primary key (app, seq)
);
