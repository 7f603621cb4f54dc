//! The house's own rules, held over its files: directions of layers, sizes, inert pages, true documents.
//!
//! Each rule is a function from text to complaints, tried on planted faults before it is trusted with the tree.

#[path = "tidy/acting.rs"]
mod acting;
#[path = "tidy/documents.rs"]
mod documents;
#[path = "tidy/layers.rs"]
mod layers;
#[path = "tidy/locales.rs"]
mod locales;
#[path = "tidy/pages.rs"]
mod pages;
#[path = "tidy/places.rs"]
mod places;
#[path = "tidy/tree.rs"]
mod tree;
#[path = "tidy/vendored.rs"]
mod vendored;
