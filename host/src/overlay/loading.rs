//! Names of variables that load code or redirect traffic: the published list.
//!
//! Runtimes, loaders, shells and libraries read these by themselves. Who may set one runs code in
//! the container, or sees its traffic. So they are of level code, and no wildcard names them:
//! each needs its own exact line in `allow`. No such list is ever complete, which is why
//! `env:app:*` says that it may run code in `app`.

/// The list, by what reads the name. `*` stands for any text; case does not count, since Windows
/// knows no case, and curl takes its proxies in lower case.
pub const NAMES: &[(&str, &[&str])] = &[
    (
        "loaders and the C library",
        &[
            "LD_*",
            "DYLD_*",
            "GLIBC_TUNABLES",
            "GCONV_PATH",
            "LOCPATH",
            "NLSPATH",
            "GETCONF_DIR",
            "MALLOC_CONF",
            "_RLD_*",
        ],
    ),
    (
        "name resolution",
        &["HOSTALIASES", "LOCALDOMAIN", "RES_OPTIONS", "RESOLV_*"],
    ),
    (
        "shells and what they start",
        &[
            "PATH",
            "PATHEXT",
            "COMSPEC",
            "SHELL",
            "HOME",
            "USERPROFILE",
            "APPDATA",
            "XDG_*",
            "ENV",
            "BASH_*",
            "BASHOPTS",
            "SHELLOPTS",
            "PROMPT_COMMAND",
            "PS0",
            "PS1",
            "PS2",
            "PS4",
            "IFS",
            "CDPATH",
            "FPATH",
            "ZDOTDIR",
            "EDITOR",
            "VISUAL",
            "PAGER",
            "LESSOPEN",
            "LESSCLOSE",
            "BROWSER",
            "TERMINFO*",
            "TERMCAP",
            "PSMODULEPATH",
            "__PSLOCKDOWNPOLICY",
        ],
    ),
    (
        "Node.js and other JavaScript",
        &[
            "NODE_OPTIONS",
            "NODE_PATH",
            "NODE_EXTRA_CA_CERTS",
            "NODE_TLS_*",
            "NODE_REPL_*",
            "NODE_V8_*",
            "NODE_REDIRECT_*",
            "NPM_*",
            "YARN_*",
            "PNPM_*",
            "BUN_*",
            "DENO_*",
            "ELECTRON_*",
        ],
    ),
    (
        "Java",
        &[
            "JAVA_*",
            "*_JAVA_*",
            "*JAVA_OPT*",
            "*JVM_OPT*",
            "JDK_*",
            "JRE_*",
            "CLASSPATH",
            "CATALINA_*",
            "*_OPTS",
            "JVM_ARGS",
            "SPRING_CONFIG_*",
            "SPRING_MAIN_*",
            "SPRING_APPLICATION_JSON",
            "LOADER_*",
            "LOGGING_CONFIG",
            "LOG4J_*",
            "*JAVAAGENT*",
        ],
    ),
    (
        "Python",
        &[
            "PYTHON*",
            "UWSGI_*",
            "PIP_*",
            "UV_*",
            "VIRTUAL_ENV",
            "GUNICORN_CMD_ARGS",
            "FLASK_APP",
            "DJANGO_SETTINGS_MODULE",
            "OTEL_PYTHON_*",
        ],
    ),
    (
        "Perl, Ruby, PHP, Lua and others",
        &[
            "PERL*",
            "RUBY*",
            "GEM_*",
            "BUNDLE_*",
            "BUNDLER_*",
            "PHPRC",
            "PHP_INI_*",
            "LUA_*",
            "R_*",
            "TCLLIBPATH",
            "ERL_*",
            "ELIXIR_*",
            "MIX_*",
            "JULIA_*",
            "GUILE_*",
            "GHCRTS",
            "OCAMLRUNPARAM",
            "CAML*",
        ],
    ),
    ("Go", &["GODEBUG", "GOFLAGS", "GOPROXY", "GOROOT", "GOPATH"]),
    (
        ".NET",
        &[
            "DOTNET_*",
            "CORECLR_*",
            "COR_*",
            "COMPLUS_*",
            "ASPNETCORE_HOSTINGSTARTUP*",
            "OTEL_DOTNET_*",
        ],
    ),
    (
        "graphics and plugin frameworks",
        &["QT_*", "GTK_*", "GIO_*", "GST_*", "NVIDIA_*", "CUDA_*"],
    ),
    (
        "version control, remote shells and build tools",
        &[
            "GIT_*",
            "SSH_*",
            "SUDO_*",
            "HG*",
            "SVN_*",
            "CARGO_*",
            "RUSTC*",
            "RUSTFLAGS",
            "MAKEFLAGS",
            "CMAKE_*",
            "CC",
            "CXX",
        ],
    ),
    ("proxies", &["*_PROXY", "PROXY", "*_PROXY_*", "PROXY_*"]),
    (
        "certificates and TLS",
        &[
            "OPENSSL_*",
            "SSL_CERT_*",
            "SSLKEYLOGFILE",
            "GNUTLS_*",
            "P11_KIT_*",
            "PKCS11_*",
            "*_CA_BUNDLE",
            "*_CA_FILE",
            "*_CA_CERT*",
            "CURL_*",
            "WGETRC",
            "KRB5*",
        ],
    ),
    (
        "clouds, clusters and vaults",
        &[
            "AWS_*",
            "ECS_*",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "CLOUDSDK_*",
            "AZURE_*",
            "DOCKER_*",
            "KUBECONFIG",
            "KUBERNETES_*",
            "VAULT_*",
        ],
    ),
    (
        "database clients",
        &[
            "PGHOST*",
            "PGSERVICE*",
            "PGSSL*",
            "PGSYSCONFDIR",
            "PGPASSFILE",
            "PGOPTIONS",
            "MYSQL_HOME",
            "LIBMYSQL_*",
            "ORACLE_HOME",
            "TNS_ADMIN",
            "ODBC*",
        ],
    ),
];

/// Whether a variable of this name loads code or redirects traffic. An odd name is taken for one:
/// the process gets `NAME=VALUE`, so `PATH=/tmp` as a name would set `PATH`.
#[must_use]
pub fn is(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if name.is_empty() || !name.chars().all(plain) {
        return true;
    }
    let name = name.to_uppercase();
    NAMES
        .iter()
        .flat_map(|(_, patterns)| *patterns)
        .any(|pattern| super::place::matches(pattern, &name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_load_code_or_redirect_traffic_are_known_in_any_case() {
        for name in [
            "LD_PRELOAD",
            "ld_library_path",
            "NODE_OPTIONS",
            "JAVA_TOOL_OPTIONS",
            "_JAVA_OPTIONS",
            "JDK_JAVA_OPTIONS",
            "PYTHONPATH",
            "PYTHONSTARTUP",
            "PERL5OPT",
            "RUBYOPT",
            "BASH_ENV",
            "BASH_FUNC_ls%%",
            "ENV",
            "PATH",
            "Path",
            "http_proxy",
            "HTTPS_PROXY",
            "no_proxy",
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_S3",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_CONFIG_FILE",
            "AWS_SHARED_CREDENTIALS_FILE",
            "GIT_SSH_COMMAND",
            "OPENSSL_CONF",
            "SSL_CERT_FILE",
            "DOTNET_STARTUP_HOOKS",
            "CORECLR_PROFILER",
            "ECS_CONTAINER_METADATA_URI_V4",
            "OTEL_JAVAAGENT_EXTENSIONS",
            "JAVA_OPTS",
            "KAFKA_JVM_OPTS",
            "GLIBC_TUNABLES",
            "PATH=/tmp",
            "A=1",
            "A\0PATH",
            " PATH",
            "PATH ",
            "A B",
            "A\nPATH",
            "PÄTH",
            "",
        ] {
            assert!(is(name), "{name}");
        }
    }

    #[test]
    fn plain_settings_are_not_among_them() {
        for name in [
            "LOG_LEVEL",
            "RELEASE",
            "DATABASE_URL",
            "OTEL_SERVICE_NAME",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "DD_ENV",
            "PORT",
            "NODE_ENV",
            "RUST_LOG",
            "TZ",
            "FEATURE_PATHS",
            "ENVIRONMENT",
            "a.b-c",
        ] {
            assert!(!is(name), "{name}");
        }
    }

    #[test]
    fn the_list_is_written_in_capitals() {
        for pattern in NAMES.iter().flat_map(|(_, patterns)| *patterns) {
            assert_eq!(*pattern, pattern.to_uppercase());
        }
    }
}
