# Shared by the programs of this folder: read by bash, not run.

#: The product's folder, and the Python that its packages are in.
HOME_FOLDER=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PYTHON=$HOME_FOLDER/.venv/bin/python
#: The settings file: WITRYNA_... lines as systemd reads them (no shell: "&" and "$" are plain characters).
SETTINGS=${SETTINGS-/etc/witryna/witryna.env}

fail() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# Export the settings; one that is in the environment already counts more.
load_settings() {
	[[ -n $SETTINGS ]] || return 0
	[[ -r $SETTINGS ]] || fail "cannot read $SETTINGS (SETTINGS= names another file; SETTINGS='' takes the environment)"
	local line name value
	while IFS= read -r line || [[ -n $line ]]; do
		[[ $line =~ ^[[:space:]]*([A-Z_]+)=(.*)$ ]] || continue
		name=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
		[[ $value =~ ^\"(.*)\"[[:space:]]*$ || $value =~ ^\'(.*)\'[[:space:]]*$ ]] && value=${BASH_REMATCH[1]}
		[[ -v $name ]] || export "$name=$value"
	done <"$SETTINGS"
}

# The database's address as PostgreSQL's own programs read it.
libpq_url() {
	sed -E 's/^postgresql(\+[a-z]+)?:/postgresql:/' <<<"$WITRYNA_DATABASE_URL"
}

# The file of an SQLite database.
sqlite_file() {
	local rest=${WITRYNA_DATABASE_URL#*:///}
	echo "${rest%%\?*}"
}
