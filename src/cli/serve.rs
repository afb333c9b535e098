//! `boxoffice serve`: opens the data file, shows what a start shows once, serves.

use crate::app::{App, Opened};
use crate::config::{Config, Limits};
use crate::run::{raise_open_files, serve_until_stopped};
use crate::terminal;

pub(super) async fn serve(config: Config) -> anyhow::Result<()> {
    let (listen, data) = (config.listen, config.data.clone());
    let Opened { app, new_operator_key } = App::open(config, Limits::default().within(raise_open_files())).await?;
    if let Some(key) = new_operator_key {
        terminal::mention(&format!("operator key (shown once, keep it): {key}"));
    }
    serve_until_stopped(app, listen, |address| {
        let data = data.display();
        terminal::mention(&format!("boxoffice serves {data} on http://{address} (docs: http://{address}/docs)"));
    })
    .await
}
