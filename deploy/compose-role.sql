-- Run once, when the database is made. Change the password here and in compose.yaml if others reach its network.
CREATE ROLE witryna LOGIN PASSWORD 'witryna' NOSUPERUSER NOBYPASSRLS;
ALTER DATABASE witryna OWNER TO witryna;
ALTER SCHEMA public OWNER TO witryna;
