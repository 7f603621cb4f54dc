#![doc = include_str!("ARCHITECTURE.md")]

pub mod routeros;
pub mod domain;
pub mod recording;
pub mod store;
pub mod access;
pub mod settings;
pub mod telemetry;
pub mod actors;
pub mod simulator;
pub mod state;
pub mod http;
pub mod web;
pub mod api;
pub mod app;
