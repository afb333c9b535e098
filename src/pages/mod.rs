//! The web pages: a shell that is made here, and the modules, styles and words of `web/` as they stand there. They are one
//! more client of `/v1`, written by hand and served as written: there is no build step, and nothing of the box office's
//! rules may live here.
//!
//! Every file of `web/` has an address that names the digest of them all, so that a browser keeps it for ever and a new
//! version is a new address. The shell names that digest and is asked for each time.

pub mod asset;
mod brand;
mod fake_provider;
mod shell;
mod tree;

use poem::endpoint::make_sync;
use poem::{Request, Response, Route, get};

use crate::http::{Code, Problem};
use crate::pages::asset::{Bodies, Keep, asset, ours};
use crate::pages::shell::Shown;
use crate::pages::tree::Tree;

/// The addresses of the pages.
pub fn routes() -> Route {
    let worker = || Bodies::of(include_bytes!("worker.js").to_vec());
    Route::new()
        .at("/", get(make_sync(|request: Request| shell::page(&request, Shown::Buyer))))
        .at("/brand.css", get(make_sync(|request: Request| brand::style(&request))))
        .at("/desk", get(make_sync(|request: Request| shell::page(&request, Shown::Desk))))
        .at("/door", get(make_sync(|request: Request| shell::page(&request, Shown::Door))))
        .at("/fake-provider/:checkout_id", get(fake_provider::show).post(fake_provider::choose))
        .at("/logo", get(make_sync(|request: Request| brand::logo(&request))))
        .at("/web/:tree/*path", get(make_sync(|request: Request| file(&request))))
        // Its address stays, and so does its reach: all of this office's pages.
        .at("/worker.js", asset(worker, ours(tree::JS, Keep::Ask)))
}

/// A file of the tree that the address names, if that is the present one.
fn file(request: &Request) -> poem::Result<Response> {
    let tree = Tree::current();
    let asked = request.raw_path_param("tree").filter(|asked| *asked == tree.tag);
    let file = asked.and_then(|_| tree.file(request.raw_path_param("path")?));
    let Some((bodies, content_type)) = file else {
        let detail = "The pages are of another version now. Load / again.";
        return Err(Problem::new(Code::NotFound, detail).into());
    };
    Ok(bodies.answer(request.headers(), ours(content_type, Keep::Forever)))
}
