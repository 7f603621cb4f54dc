//! tikwatch watches MikroTik routers and their subscribers, live.

pub mod actors;
pub mod api;
pub mod app;
pub mod domain;
pub mod routeros;
pub mod settings;
pub mod simulator;
pub mod state;
pub mod telemetry;
pub mod web;
