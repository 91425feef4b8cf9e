-- pgbench's tables: the columns and indexes that users and events have in Rollcall's own PostgreSQL schema
-- (migrations/postgres), so that both sides update rows and indexes of the same size. Keep them so.
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
    pubsub_generation  bigint not null default 0,
    primary key (app, id)
) with (fillfactor = 80);
create unique index users_uid on users (app, uid);
create unique index users_user_id on users (app, user_id);
create unique index users_klaim_id on users (app, klaim_id);
create unique index users_email on users (app, email_key);
create index users_name on users (app, name_key);
create index users_app on users (app, id, deactivated_at);
create index users_role on users (app, role, id, deactivated_at);
create index users_deactivated on users (app, id, deactivated_at) where deactivated_at is not null;
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
